import test from 'ava';
import fc from 'fast-check';
import type { Command } from '../../src/tui/command.ts';
import { paste, pressKey } from '../../src/tui/dispatch.ts';
import type { Key } from '../../src/tui/keys.ts';
import { modeOf } from '../../src/tui/mode.ts';
import { rowsOf, selectedIndex, selectedOf } from '../../src/tui/rows.ts';
import type { Where } from '../../src/tui/session.ts';
import { connectTo, routeOf, type Shell, sessionOf, viewStateOf } from '../../src/tui/shell.ts';
import type { ViewDefinition } from '../../src/tui/view.ts';
import { views } from '../../src/views/views.ts';
import { fakeInventory, fakeMachine } from './fake-inventory.ts';
import { fakeShell } from './fake-shell.ts';

function press(shell: Shell, ...keys: readonly Key[]): void {
  for (const key of keys) pressKey(shell, key);
}

function selected(shell: Shell): string | undefined {
  const row = selectedOf(shell);
  return row === undefined ? undefined : (row as { instance?: string }).instance;
}

const state = (shell: Shell) => viewStateOf(shell.store.getState());
const toast = (shell: Shell) => shell.store.getState().toast?.text;
const view = (shell: Shell) => routeOf(shell.store.getState()).view;

test('the selection stays with its row while others come and go', async (t) => {
  const { shell, inventory } = await fakeShell();
  t.is(selected(shell), 'api/0');
  press(shell, 'j', 'down');
  t.is(selected(shell), 'api/2');
  inventory.put('machines', fakeMachine(900, { instance: 'aaa/0' }));
  t.is(selected(shell), 'api/2');
  inventory.remove('machines', 'machine-16');
  t.is(selected(shell), 'diego-cell/0', 'what took its place');
});

test('the first row is selected while rows come in, until somebody moves', async (t) => {
  const { shell, inventory } = await fakeShell();
  inventory.put('machines', fakeMachine(900, { instance: 'aaa/0' }));
  t.is(selected(shell), 'aaa/0');
});

test('first, last and pages stop at the ends', async (t) => {
  const { shell } = await fakeShell();
  press(shell, 'G');
  t.is(selected(shell), 'uaa/1');
  press(shell, 'pagedown', 'j');
  t.is(selected(shell), 'uaa/1');
  press(shell, 'g', 'k', 'pageup');
  t.is(selected(shell), 'api/0');
  press(shell, 'pagedown');
  t.is(state(shell).index, 9);
});

test('a filter works while it is typed; enter keeps it, esc brings the old one back, esc in the table takes it away', async (t) => {
  const { shell } = await fakeShell();
  press(shell, '/', 'n', 'a', 't');
  t.is(selected(shell), 'nats/0');
  press(shell, 'enter', '/', 's', 'x', 'esc');
  t.is(state(shell).filter, 'nat');
  press(shell, 'esc');
  t.is(state(shell).filter, '');
  t.is(view(shell), 'vms');
});

test('a filter is kept for coming back, as are marks and sort', async (t) => {
  const { shell } = await fakeShell();
  press(shell, 'space', 'space', 'o', '/', 'a', 'enter', '3');
  t.is(view(shell), 'disks');
  t.is(state(shell).filter, '');
  press(shell, '-');
  t.is(view(shell), 'vms');
  t.like(state(shell), { filter: 'a', sort: { column: 'instance', descending: false } });
  t.is(state(shell).marks.size, 2);
});

test('history goes back and forth; esc goes back, and at its beginning does nothing', async (t) => {
  const { shell, terminal } = await fakeShell();
  press(shell, '3', '4', '[', '[');
  t.is(view(shell), 'vms');
  press(shell, ']');
  t.is(view(shell), 'disks');
  press(shell, 'esc', 'esc', 'esc');
  t.is(view(shell), 'vms');
  t.deepEqual(terminal, []);
});

test('columns are chosen by shift and arrows, and sorted by one key', async (t) => {
  const { shell } = await fakeShell();
  press(shell, 'shift-right', 'shift-right', 'o');
  t.deepEqual(state(shell).sort, { column: 'state', descending: false });
  press(shell, 'o');
  t.deepEqual(state(shell).sort, { column: 'state', descending: true });
  press(shell, 'shift-left', 'o');
  t.deepEqual(state(shell).sort, { column: 'instance', descending: false });
});

test('problems come first on one key', async (t) => {
  const { shell } = await fakeShell();
  press(shell, 'j', '!');
  t.is(selected(shell), 'router/1');
  press(shell, '!');
  t.is(selected(shell), 'api/0');
});

test('the command line opens views, with a filter behind the name', async (t) => {
  const { shell } = await fakeShell();
  press(shell, ':', 'd', 'i', 's', 'k', 's', 'enter');
  t.is(view(shell), 'disks');
  press(shell, ':', ...'vms nats'.split('').map((key) => (key === ' ' ? 'space' : key)), 'enter');
  t.is(view(shell), 'vms');
  t.is(state(shell).filter, 'nats');
});

test('enter takes what is proposed, tab completes it', async (t) => {
  const { shell } = await fakeShell();
  press(shell, ':', 'e', 'v', 'enter');
  t.is(view(shell), 'events');
  press(shell, ':', 't', 'h', 'tab', 'space', 'l', 'i', 'tab', 'enter');
  t.is(shell.store.getState().theme, 'light');
});

test('aliases of the configuration are commands', async (t) => {
  const { shell } = await fakeShell();
  press(shell, '3', ':', 'c', 'e', 'l', 'l', 's', 'enter');
  t.is(view(shell), 'vms');
  t.is(state(shell).filter, 'diego-cell');
});

test('an unknown command is told', async (t) => {
  const { shell } = await fakeShell();
  press(shell, ':', 'x', 'y', 'z', 'enter');
  t.regex(toast(shell) ?? '', /no view or command xyz/);
  t.is(modeOf(shell), undefined);
});

test('quitting as everywhere', async (t) => {
  for (const keys of [['q'], ['ctrl-c'], [':', 'q', 'enter'], ['/', 'ctrl-c'], ['?', 'ctrl-c']]) {
    const { shell, terminal } = await fakeShell();
    press(shell, ...keys);
    t.deepEqual(terminal, ['quit'], keys.join(' '));
  }
});

const detail: ViewDefinition = {
  name: 'one',
  title: 'One',
  aliases: [],
  about: '',
  detail: true,
};

test('q in a detail view only leaves it', async (t) => {
  const { shell, terminal } = await fakeShell({ views: [...views, detail] });
  shell.store.setState({ history: [{ view: 'vms' }, { view: 'one', uid: 'x' }], at: 1 });
  press(shell, 'q');
  t.is(view(shell), 'vms');
  t.deepEqual(terminal, []);
  press(shell, ':', 'o', 'n', 'e', 'enter');
  t.is(view(shell), 'vms', 'a detail view needs a row');
});

test('what is pasted goes into a line being typed, and is never taken for keys', async (t) => {
  const { shell, terminal } = await fakeShell();
  paste(shell, 'q\nq');
  t.deepEqual(terminal, []);
  t.regex(toast(shell) ?? '', /press \//);
  press(shell, '/');
  paste(shell, 'nats\n');
  t.is(state(shell).filter, 'nats ');
});

test('the name of a row is copied, or those of all marked', async (t) => {
  const { shell, terminal } = await fakeShell();
  press(shell, 'y');
  t.is(Buffer.from(terminal[0]?.slice(7, -1) ?? '', 'base64').toString(), 'agent-00000');
  press(shell, 'space', 'space', 'y');
  t.is(Buffer.from(terminal[1]?.slice(7, -1) ?? '', 'base64').toString(), 'agent-00000\nagent-00008');
  t.is(toast(shell), 'copied 2 names');
});

test('marks of rows that are gone count no more', async (t) => {
  const { shell, inventory, terminal } = await fakeShell();
  press(shell, 'space', 'space');
  inventory.remove('machines', 'machine-0');
  press(shell, 'y');
  t.is(Buffer.from(terminal[0]?.slice(7, -1) ?? '', 'base64').toString(), 'agent-00008');
  press(shell, 'u');
  t.is(state(shell).marks.size, 0);
});

test('read-only refuses what changes the cluster, by key, word and menu', async (t) => {
  let ran = 0;
  const command: Command = {
    id: 'vm.restart',
    title: 'Restart',
    group: 'This view',
    keys: ['x'],
    words: ['restart'],
    onRow: true,
    writes: true,
    run: () => {
      ran++;
    },
  };
  const own = views.map((one) => (one.name === 'vms' ? { ...one, commands: [command] } : one));
  const { shell } = await fakeShell({ views: own, readonly: true });
  press(shell, 'x');
  t.regex(toast(shell) ?? '', /read-only/);
  press(shell, ':', ...'restart', 'enter');
  t.regex(toast(shell) ?? '', /read-only/);
  press(shell, 'a', ...'restart', 'enter');
  t.regex(toast(shell) ?? '', /read-only/);
  t.is(ran, 0);
  const free = await fakeShell({ views: own });
  press(free.shell, 'x');
  t.is(ran, 1);
});

test('a command that fails says why', async (t) => {
  const { shell } = await fakeShell();
  press(shell, ':', ...'theme'.split(''), 'space', ...'pink'.split(''), 'enter');
  await Promise.resolve();
  t.regex(toast(shell) ?? '', /no theme pink; there are dark, light, mono/);
});

test('another namespace is another session; the old one is closed', async (t) => {
  const inventory = fakeInventory(3);
  const { shell, opened } = await fakeShell({ inventory });
  press(shell, ':', ...'ns'.split(''), 'space', ...'all'.split(''), 'enter');
  await new Promise(setImmediate);
  t.deepEqual(opened, [{}, { context: 'dev', allNamespaces: true }]);
  t.true(inventory.closed());
});

test('contexts are chosen from a list that typing narrows', async (t) => {
  const { shell, opened } = await fakeShell();
  press(shell, 'c');
  await new Promise(setImmediate);
  t.is(modeOf(shell)?.kind, 'sheet');
  press(shell, 'p', 'enter');
  await new Promise(setImmediate);
  t.deepEqual(opened.at(-1), { context: 'prod' });
  t.is(modeOf(shell), undefined);
});

test('the session asked for last wins, however late the others come', async (t) => {
  const { shell } = await fakeShell();
  const late = fakeInventory(1);
  const open = shell.source.open;
  let release = () => {};
  const slow = new Promise<void>((resolve) => {
    release = resolve;
  });
  const source = {
    ...shell.source,
    open: async (where: Where) => {
      const session = await open(where);
      if (where.context !== 'slow') return session;
      await slow;
      return { ...session, inventory: late };
    },
  };
  const switching = connectTo({ ...shell, source }, { context: 'slow' });
  await connectTo({ ...shell, source }, { context: 'prod' });
  release();
  await switching;
  t.is(sessionOf(shell.store.getState())?.context, 'prod');
  t.true(late.closed());
});

test('another cluster begins at a list: a row of the old one is nowhere in it', async (t) => {
  const { shell } = await fakeShell();
  press(shell, '/', 'a', 'enter', 'enter');
  t.is(view(shell), 'vm');
  await connectTo(shell, { context: 'prod' });
  t.is(view(shell), 'vms');
  t.is(state(shell).filter, '');
});

test('whatever is pressed, the console stays alive and its selection on a row', async (t) => {
  const special = ['enter', 'esc', 'tab', 'space', 'up', 'down', 'pageup', 'pagedown', 'home', 'end', 'shift-right'];
  const letters = [...'abcdefgijklmnoptuvwxyzGTYo!/:?-[]<>1234', 'backspace', 'ctrl-d', 'ctrl-u', 'ctrl-w'];
  const keys = fc.array(fc.constantFrom(...special, ...letters), { maxLength: 60 });
  const inventory = fakeInventory(30);
  await fc.assert(
    fc.asyncProperty(keys, async (pressed) => {
      const { shell } = await fakeShell({ inventory });
      press(shell, ...pressed);
      await new Promise(setImmediate);
      const rows = rowsOf(shell);
      if (rows !== undefined && rows.length > 0) t.true(selectedIndex(rows, state(shell)) < rows.length);
    }),
    { numRuns: 60 },
  );
});
