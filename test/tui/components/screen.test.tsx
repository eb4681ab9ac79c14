import test from 'ava';
import stringWidth from 'string-width';
import { fakeInventory, fakeMachine } from '../fake-inventory.ts';
import { renderScreen } from './render-screen.tsx';

const esc = '\x1b';
const up = '\x1b[A';

test.serial('the frame tells where we are, what needs a person, and how fresh it is', async (t) => {
  const { frame } = await renderScreen(t, { readonly: true, demo: true });
  const [header = ''] = (await frame()).split('\n');
  t.regex(
    header,
    /^ kubernetes-cpi {3}dev · bosh {3}DEMO {4}READ-ONLY {4}Director prod ✓ 280.1.0 {3}1 problem +live ●$/,
  );
});

test.serial('every line is as wide as the screen and the frame as high, from 80x24 to 300x100', async (t) => {
  const inventory = fakeInventory(300);
  inventory.put(
    'machines',
    fakeMachine(0, { instance: '日本語/0', reason: 'x\x1b[2J\ny'.repeat(80), health: 'problem' }),
  );
  for (const [columns, rows] of [
    [80, 24],
    [120, 40],
    [200, 50],
    [300, 100],
  ] as const) {
    for (const first of ['overview', 'vms', 'disks', 'stemcells', 'events']) {
      const { frame } = await renderScreen(t, { inventory, first, size: { columns, rows } });
      const lines = (await frame()).split('\n');
      t.is(lines.length, rows, `${first} at ${columns}x${rows}`);
      // The library's terminal cuts at 100.
      t.true(lines.every((line) => stringWidth(line) <= Math.min(columns, 100)));
    }
  }
});

test.serial('a terminal that is too small is told so', async (t) => {
  const { frame } = await renderScreen(t, { size: { columns: 40, rows: 10 } });
  t.regex(await frame(), /^too small\s+40x10, needs 50x12/);
});

test.serial('a problem has a mark of its own, its reason is below the table', async (t) => {
  const { frame, send } = await renderScreen(t);
  t.regex(await frame(), /^ ● router\/1 +ImagePullBackOff/m);
  await send('!');
  t.regex(await frame(), /^ ▸ router\/1/m);
  t.regex(await frame(), /^ router\/1: Back-off pulling image/m);
});

test.serial('keys in one chunk are all taken, and the window follows the selection', async (t) => {
  const { frame, send } = await renderScreen(t, { inventory: fakeInventory(100) });
  await send('jjjj');
  t.regex(await frame(), /^ ▸ api\/4/m);
  await send('G');
  t.regex(await frame(), /^ ▸ uaa\/11/m);
  t.notRegex(await frame(), /api\/0 /);
  await send(up);
  t.regex(await frame(), /^ ▸ uaa\/10/m);
});

test.serial('the filter being typed and what it leaves', async (t) => {
  const { frame, send } = await renderScreen(t);
  await send('/nats');
  t.regex(await frame(), /^ VMs 3\/20 {3}filter nats/m);
  t.regex(await frame(), /^ \/nats$/m);
  await send('\r');
  t.regex(await frame(), /enter details/);
  await send('/-x');
  t.regex(await frame(), /-x is no form of filter/);
});

test.serial('nothing matches: esc is the way out', async (t) => {
  const { frame, send } = await renderScreen(t);
  await send('/zzz\r');
  t.regex(await frame(), /Nothing matches zzz/);
});

test.serial('the command line proposes', async (t) => {
  const { frame, send } = await renderScreen(t);
  await send(':ste');
  t.regex(await frame(), /^ :stemcells$/m);
  t.regex(await frame(), /Stemcells: images in use/);
});

test.serial('help has every key of the view, and can be searched', async (t) => {
  const { frame, send, shell } = await renderScreen(t, { size: { columns: 100, rows: 100 } });
  await send('?');
  const text = await frame();
  for (const { title, keys } of shell.commands) if (keys.length > 0) t.true(text.includes(title), title);
  await send('/problems');
  t.regex(await frame(), /Problems first/);
  t.notRegex(await frame(), /Page down/);
});

test.serial('the action menu says why something cannot be done', async (t) => {
  const { frame, send } = await renderScreen(t, { readonly: true });
  await send('a');
  t.regex(await frame(), /Actions on api\/0/);
  t.regex(await frame(), /A shell in it +read-only/);
});

test.serial('no way to a cluster is a screen with the reason', async (t) => {
  const { frame } = await renderScreen(t, { failure: 'no kubeconfig found: looked at /root/.kube/config' });
  t.regex(await frame(), /There is no way to a cluster\.\s+no kubeconfig found: looked at/);
  t.regex(await frame(), /no cluster ✗/);
});

test.serial('on the way to the cluster the frame is there', async (t) => {
  const { frame } = await renderScreen(t, { connects: false });
  t.regex(await frame(), /Reading the kubeconfig …/);
  t.regex(await frame(), /INSTANCE +STATE/);
});

test.serial('reading, stale, forbidden and empty say so', async (t) => {
  const inventory = fakeInventory();
  const { frame } = await renderScreen(t, { inventory });
  t.regex(await frame(), /There is no BOSH machine here yet/);
  inventory.setFreshness({ state: 'syncing', read: 2500, about: 5000 });
  t.regex(await frame(), /syncing 2,500 of about 5,000/);
  inventory.setFreshness({ state: 'failed', reason: 'jane may not list pods: kubectl create rolebinding …' });
  t.regex(await frame(), /cannot be read\.\s+jane may not list pods: kubectl create rolebinding/);
  inventory.put('machines', fakeMachine(1));
  inventory.setFreshness({ state: 'stale', since: Date.now() - 42_000, reason: 'connection refused' });
  t.regex(await frame(), /stale 4\ds ○/);
  t.regex(await frame(), /connection refused/);
  t.regex(await frame(), /diego-cell\/0/, 'what was last known stays');
});

test.serial('the overview leads to what it counts', async (t) => {
  const { frame, send } = await renderScreen(t, { first: 'overview' });
  t.regex(await frame(), /^ ▸ Machines +20 {3}1 problem {3}19 ok/m);
  await send('G\r');
  t.regex(await frame(), /^ VMs \d+\/20 {3}filter -l deployment=redis-services/m);
  await send(esc);
});

test.serial('the footer has whole keys only, at every width, and always the help', async (t) => {
  for (let columns = 50; columns <= 100; columns++) {
    const { frame } = await renderScreen(t, { size: { columns, rows: 14 } });
    t.regex((await frame()).split('\n').at(-1) ?? '', /^ enter details {3}[^…]*\? help$/, `${columns} columns`);
  }
});
