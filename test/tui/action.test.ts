import test, { type ExecutionContext } from 'ava';
import { RefusedError } from '../../src/actions/model.ts';
import { beginAction } from '../../src/tui/action.ts';
import { paste, pressKey } from '../../src/tui/dispatch.ts';
import type { Key } from '../../src/tui/keys.ts';
import { modeOf } from '../../src/tui/mode.ts';
import type { Shell } from '../../src/tui/shell.ts';
import { type FakePlanned, fakePlanned } from './fake-planned.ts';
import { fakeShell } from './fake-shell.ts';

function press(shell: Shell, ...keys: readonly Key[]): void {
  for (const key of keys) pressKey(shell, key);
}

const stage = (shell: Shell) => shell.store.getState().action?.stage;
const toast = (shell: Shell) => shell.store.getState().toast?.text ?? '';
const turn = () => new Promise(setImmediate);

/** A shell that shows the plan of an action. */
async function asked(t: ExecutionContext, change: Parameters<typeof fakePlanned>[0] = {}) {
  const fake = await fakeShell();
  const one = fakePlanned(change);
  await beginAction(fake.shell, { title: 'Reattach', plan: async () => one.planned });
  t.is(stage(fake.shell)?.state, 'asking');
  return { ...fake, one };
}

/** The word of the plan is typed, and it runs. */
async function running(t: ExecutionContext) {
  const fake = await asked(t);
  press(fake.shell, ...'zookeeper/2', 'enter');
  t.is(stage(fake.shell)?.state, 'running');
  return fake;
}

const good = { done: true, proof: ['It is mounted.'], undo: undefined };

test('only the name of the plan carries it out; anything else is told, and asked again', async (t) => {
  const { shell, one } = await asked(t);
  for (const wrong of ['', 'zookeeper', 'yes', 'zookeeper/22']) {
    press(shell, ...wrong, 'enter');
    t.like(stage(shell), { state: 'asking', wrong, editor: { text: '' } });
  }
  t.is(one.runs(), 0);
  press(shell, ...'zookeeper/2', 'enter');
  t.is(one.runs(), 1);
});

test('a plan without a name takes yes, and Enter alone is no yes', async (t) => {
  const { shell, one } = await asked(t, { confirm: undefined });
  press(shell, 'enter', 'y', 'enter');
  t.is(one.runs(), 0);
  press(shell, ...'yes', 'enter');
  t.is(one.runs(), 1);
});

test('a name can be pasted, and a paste never is Enter', async (t) => {
  const { shell, one } = await asked(t);
  paste(shell, 'zookeeper/2\n');
  t.is(one.runs(), 0);
  press(shell, 'enter');
  t.is(one.runs(), 1);
});

test('esc while it is planned: the plan that comes late is not shown', async (t) => {
  const { shell } = await fakeShell();
  const one = fakePlanned();
  const planned = Promise.withResolvers<typeof one.planned>();
  const begun = beginAction(shell, { title: 'Reattach', plan: () => planned.promise });
  // what an impatient operator presses must not reach the question
  press(shell, 'enter', 'y', 'esc');
  planned.resolve(one.planned);
  await begun;
  t.is(modeOf(shell), undefined);
  t.is(stage(shell), undefined);
  t.is(one.runs(), 0);
});

test('keys that come while it is planned are not its answer', async (t) => {
  const { shell } = await fakeShell();
  const one = fakePlanned({ confirm: undefined });
  const planned = Promise.withResolvers<typeof one.planned>();
  const begun = beginAction(shell, { title: 'Reattach', plan: () => planned.promise });
  press(shell, ...'yes', 'enter');
  planned.resolve(one.planned);
  await begun;
  t.like(stage(shell), { state: 'asking', editor: { text: '' } });
  t.is(one.runs(), 0);
});

test('esc at the question leaves everything as it is', async (t) => {
  const { shell, one } = await asked(t);
  press(shell, ...'zookeeper/2', 'esc');
  t.is(modeOf(shell), undefined);
  t.regex(toast(shell), /left, nothing was done/);
  press(shell, 'enter', 'enter');
  t.is(one.runs(), 0);
});

test('esc while it runs takes only the view away; its end is told, and :action shows it again', async (t) => {
  const { shell, one } = await running(t);
  press(shell, 'enter', 'q');
  t.is(modeOf(shell)?.kind, 'action', 'neither ends it nor hides it');
  press(shell, 'esc');
  t.is(modeOf(shell), undefined);
  t.is(stage(shell)?.state, 'running');
  one.end(good);
  await turn();
  t.regex(toast(shell), /Reattach: done; :action shows it/);
  press(shell, ':', ...'action', 'enter');
  t.is(modeOf(shell)?.kind, 'action');
  t.is(stage(shell)?.state, 'over');
  press(shell, 'esc');
  t.is(modeOf(shell), undefined);
});

test('one action at a time', async (t) => {
  const { shell } = await running(t);
  const other = fakePlanned();
  await beginAction(shell, { title: 'Another', plan: async () => other.planned });
  t.regex(toast(shell), /another action is under way/);
  t.is(shell.store.getState().action?.title, 'Reattach');
});

test('steps are followed as they are told', async (t) => {
  const { shell, one } = await running(t);
  one.progress({ step: 0, state: 'done', note: 'stopped' });
  one.progress({ step: 1, state: 'running', note: undefined });
  one.progress({ step: 1, state: 'running', note: 'task 812' });
  const now = stage(shell);
  t.like(now && 'steps' in now ? now.steps[0] : undefined, { state: 'done', note: 'stopped' });
  t.like(now && 'steps' in now ? now.steps[1] : undefined, { state: 'running', note: 'task 812', until: undefined });
  t.like(now && 'steps' in now ? now.steps[2] : undefined, { state: 'waiting' });
});

test('the Director is read again at once when it is over, well or not', async (t) => {
  for (const end of [(one: FakePlanned) => one.end(good), (one: FakePlanned) => one.fail(new Error('task 7 failed'))]) {
    const { shell, one, bosh } = await running(t);
    end(one);
    await turn();
    t.not(stage(shell)?.state, 'running');
    t.deepEqual(bosh.asked, ['refresh']);
  }
});

test('who loses against another console is told who won, and what to do', async (t) => {
  const { shell, one } = await running(t);
  one.fail(new RefusedError('jane@ops holds disk-5d0c', 'Wait for it, then look again'));
  await turn();
  t.like(stage(shell), {
    state: 'failed',
    reason: 'jane@ops holds disk-5d0c',
    remedy: 'Wait for it, then look again',
  });
});

test('what is refused before there is a plan says why', async (t) => {
  const { shell } = await fakeShell();
  await beginAction(shell, {
    title: 'Stop',
    plan: async () => {
      throw new RefusedError('task 812 holds cf', 'Wait for it');
    },
  });
  t.like(stage(shell), { state: 'refused', reason: 'task 812 holds cf', remedy: 'Wait for it' });
  press(shell, 'enter');
  t.is(modeOf(shell), undefined);
});

test('what is the case already needs no yes', async (t) => {
  const { shell } = await fakeShell();
  const one = fakePlanned({ steps: [] });
  await beginAction(shell, { title: 'Orphan', plan: async () => one.planned });
  t.is(stage(shell)?.state, 'nothing');
  press(shell, 'y', 'enter');
  t.is(one.runs(), 0);
});

test('read-only: nothing is planned, and a plan that is there already is not carried out', async (t) => {
  const { shell } = await fakeShell({ readonly: true });
  let planned = 0;
  await beginAction(shell, { title: 'Stop', plan: async () => fakePlanned().planned, ...{ finding: undefined } });
  planned += stage(shell) === undefined ? 0 : 1;
  t.is(planned, 0);
  t.regex(toast(shell), /read-only/);

  const free = await asked(t);
  free.shell.store.setState({ readonly: true });
  press(free.shell, ...'zookeeper/2', 'enter');
  t.is(free.one.runs(), 0);
  t.regex(toast(free.shell), /read-only/);
});

test('quitting, or leaving the cluster, while something is written is asked for twice', async (t) => {
  const { shell, terminal, opened } = await running(t);
  press(shell, 'esc', 'n');
  await turn();
  t.regex(toast(shell), /an action is under way/);
  t.is(opened.length, 1);
  press(shell, 'q');
  t.deepEqual(terminal, []);
  t.regex(toast(shell), /half done/);
  press(shell, 'q');
  t.deepEqual(terminal, ['quit']);
});
