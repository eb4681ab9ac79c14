import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { connect } from '../../src/kubernetes/cluster.ts';
import { parseKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { shipped } from '../support/program.ts';
import { makeMachine } from './machine.ts';
import { type ProgramOptions, startProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

const groups = ['api', 'nats', 'router'];

let sandbox: Sandbox;

test.before(async () => {
  sandbox = await startSandbox();
  const cluster = connect(targetOf(await parseKubeconfig(sandbox.kubeconfig)));
  await Promise.all(groups.map((group) => makeMachine(cluster, `${group}/0`)));
  cluster.close();
});

test.after.always(() => sandbox.stop());

/** The console with a machine of each group on its screen. */
async function opened(t: ExecutionContext, args: readonly string[] = [], options: ProgramOptions = {}) {
  const program = await startProgram(t, ['console', ...args], { ...options, sandbox });
  await program.terminal.waitFor(/live ●[\s\S]*VMs 3/);
  return program;
}

/** The terminal is as the shell left it. */
function isRestored(t: ExecutionContext, terminal: Terminal): void {
  t.false(terminal.alternate, 'on the alternate screen');
  t.false(terminal.bracketedPaste, 'marks pastes');
  t.true(terminal.cursor.visible, 'hides the cursor');
}

test.serial('the frame is drawn before anything of a cluster is known; an unreachable one is a screen', async (t) => {
  const { terminal } = await startProgram(t, ['console']);
  await terminal.waitFor('There is no way to a cluster.');
  t.regex(terminal.written(), /Reading the kubeconfig …[\s\S]*There is no way to a cluster/);
  t.true(terminal.alternate);
  terminal.press('q');
  t.deepEqual(await terminal.exited, { code: 0, signal: undefined });
  isRestored(t, terminal);
});

test.serial('keys, filter, sort, command line and help, and q leaves', async (t) => {
  const { terminal } = await opened(t);
  await terminal.waitFor(/▸ api\/0/);
  terminal.type('jj');
  await terminal.waitFor(/▸ router\/0/);
  terminal.press('o', 'o');
  await terminal.waitFor(/INSTANCE↓/);
  terminal.press('/');
  terminal.type('nats\r');
  await terminal.waitFor(/VMs 1\/3 {3}filter nats/);
  terminal.press('escape');
  await terminal.waitFor(/VMs 3 {3}sort/);
  terminal.type(':disks\r');
  await terminal.waitFor('There is no BOSH disk here yet.');
  terminal.press('-', '?');
  await terminal.waitFor('Help for VMs');
  terminal.press('escape');
  await terminal.waitFor(/VMs 3 {3}sort/);
  terminal.type(':q\r');
  t.deepEqual(await terminal.exited, { code: 0, signal: undefined });
  isRestored(t, terminal);
});

test.serial('what is pasted goes into the filter, and never is keys', async (t) => {
  const { terminal } = await opened(t);
  terminal.paste('q');
  await terminal.waitFor('press / or : first');
  terminal.press('/');
  await terminal.waitFor(/^ \/$/m);
  terminal.paste('router\n');
  await terminal.waitFor(/filter router/);
  terminal.press('ctrl-c');
  t.is((await terminal.exited).code, 0);
});

test.serial('a resize leaves nothing behind: the screen is that of a console started in that size', async (t) => {
  const { terminal } = await opened(t, [], { columns: 160, rows: 50 });
  for (const [columns, rows] of [
    [80, 24],
    [40, 10],
    [200, 20],
    [61, 45],
    [100, 30],
  ] as const) {
    terminal.resize(columns, rows);
    await terminal.waitFor(() => isWhole(terminal, columns, rows));
  }
  const resized = terminal.screen();
  terminal.press('ctrl-l');
  await terminal.waitFor(() => isWhole(terminal, 100, 30));
  t.deepEqual(withoutAges(resized), withoutAges(terminal.screen()));
});

/** Whether the frame has that size: header above, rules across, keys below. */
function isWhole(terminal: Terminal, columns: number, rows: number): boolean {
  const screen = terminal.screen();
  if (columns < 50) return screen[0] === 'too small' && screen.slice(2).every((line) => line === '');
  const rules = screen.flatMap((line, index) => (line === '─'.repeat(columns) ? [index] : []));
  return screen.length === rows && `${rules}` === `1,${rows - 3}` && (screen.at(-1) ?? '').endsWith('? help');
}

function withoutAges(screen: readonly string[]): readonly string[] {
  return screen.map((line) => line.replace(/ +\d+s$/, ''));
}

for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test.serial(`${signal} ends it, and the terminal is as before`, async (t) => {
    const { terminal } = await opened(t);
    terminal.kill(signal);
    t.deepEqual(await terminal.exited, { code, signal: undefined });
    isRestored(t, terminal);
  });
}

test.serial('a crash leaves the terminal as it was, one sentence, and the rest in the log', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-cpi-crash-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const provoke = join(folder, 'provoke.mjs');
  writeFileSync(provoke, `process.on('SIGUSR2', () => { throw new Error('provoked'); });\n`);
  const env = { NODE_OPTIONS: `--import=${provoke}`, BUN_OPTIONS: `--preload=${provoke}` };
  const { terminal, home } = await opened(t, [], { env });
  terminal.kill('SIGUSR2');
  t.is((await terminal.exited).code, 1);
  isRestored(t, terminal);
  const log = join(home, 'state/kubernetes-cpi/console.log');
  t.regex(terminal.text(), /kubernetes-cpi: the console failed: provoked\nThe log has more: /);
  t.regex(readFileSync(log, 'utf8'), /Error: provoked\n +at /);
});

test.serial('stopped and brought back by whoever can: the screen is drawn anew', async (t) => {
  const { terminal } = await opened(t);
  terminal.kill('SIGSTOP');
  await sleep(100);
  const before = terminal.length;
  terminal.kill('SIGCONT');
  await terminal.waitFor(() => terminal.written().slice(before).includes('router/0'));
  t.true(terminal.alternate);
  terminal.press('j');
  await terminal.waitFor(/▸ nats\/0/);
});

test.serial('ctrl-z where no shell waits: it goes on', async (t) => {
  const { terminal } = await opened(t);
  const before = terminal.length;
  terminal.press('ctrl-z');
  await terminal.waitFor(() => {
    const [, left = ''] = terminal.written().slice(before).split('\x1b[?1049l');
    return left.split('\x1b[?1049h')[1]?.includes('router/0') ?? false;
  });
  terminal.press('j');
  await terminal.waitFor(/▸ nats\/0/);
  t.true(terminal.alternate);
});

test.serial('NO_COLOR: no colour is written', async (t) => {
  const { terminal } = await opened(t, [], { env: { NO_COLOR: '1' } });
  terminal.press('j');
  await terminal.waitFor(/▸ nats\/0/);
  const looks = terminal
    .written()
    .split('\x1b[')
    .map((part) => /^([\d;]+)m/.exec(part)?.[1] ?? '');
  const colours = looks.filter((look) => look.split(';').some((code) => Number(code) >= 30));
  t.deepEqual([...new Set(colours)], []);
});

test.serial('for a screen reader there is text, and no other screen', async (t) => {
  const { terminal } = await startProgram(t, ['console', '--screen-reader'], { sandbox });
  await terminal.waitFor(/VMs, 1 of 3: instance api\/0, state Running/);
  terminal.press('j');
  await terminal.waitFor(/VMs, 2 of 3: instance nats\/0/);
  t.false(terminal.alternate);
  terminal.press('q');
  t.is((await terminal.exited).code, 0);
});

test.serial('without a terminal it says what to use instead', async (t) => {
  const [file = '', ...args] = await shipped.command();
  const child = spawn(file, [...args, 'console'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said += data;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  t.is(code, 2);
  t.regex(said, /needs a terminal[\s\S]*kubernetes-cpi vms/);
});
