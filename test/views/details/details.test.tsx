import test from 'ava';
import { renderScreen } from '../../tui/components/render-screen.tsx';
import { fakeDisk, fakeInventory, fakeMachine } from '../../tui/fake-inventory.ts';

test('a machine that is made anew stays on the screen, one that is gone says so', async (t) => {
  const inventory = fakeInventory(3);
  const { shell, frame, send } = await renderScreen(t, { inventory });
  await send('\r');
  t.regex(await frame(), /api\/0 .* Running, ready/);
  const { uid } = shell.store.getState().history.at(-1) ?? {};
  t.is(uid, 'machine-0');
  inventory.remove('machines', 'machine-0');
  t.regex(await frame(), /api\/0 .* it is gone; this is what was last known/);
  inventory.put('machines', fakeMachine(0, { uid: 'its-next-life', state: 'ContainerCreating', ready: false }));
  t.regex(await frame(), /api\/0 .* ContainerCreating/);
});

test('why an action is not possible is said by the key and by the menu', async (t) => {
  const inventory = fakeInventory();
  inventory.put('machines', fakeMachine(13));
  const { frame, send } = await renderScreen(t, { inventory });
  await send('s');
  t.regex(await frame(), /no container of it runs: ImagePullBackOff/);
  await send('a');
  t.regex(await frame(), /A shell in it .*no container of it runs: ImagePullBackOff/);
});

test('a disk says that nobody has it', async (t) => {
  const inventory = fakeInventory(1);
  inventory.put('disks', fakeDisk(1, { machine: undefined, machineUid: undefined, orphan: true, name: 'disk-orphan' }));
  const { frame, send, terminal } = await renderScreen(t, { inventory, first: 'disks' });
  await send('/orphan');
  await send('\r');
  await send('\r');
  t.regex(await frame(), /disk-orphan .*nobody has it/);
  await send('m');
  t.regex(await frame(), /no machine has it/);
  await send('y');
  t.true(terminal.join('').includes(Buffer.from('disk-orphan').toString('base64')), 'its name is in the clipboard');
});
