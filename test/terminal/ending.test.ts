import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { clientOf, makeMachine } from './machine.ts';
import { type ProgramOptions, startCluster, startProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/** The console where there is no cluster, once its screen is there. */
async function open(t: ExecutionContext, options: ProgramOptions = {}, args: readonly string[] = ['console']) {
  const program = await startProgram(t, args, options);
  await program.terminal.waitFor('no kubeconfig found');
  return program;
}

/** What a shell's user would notice of a program that did not clean up. */
function leftOver(terminal: Terminal): readonly string[] {
  const { alternate, bracketedPaste, mouse, cursor } = terminal;
  const found = { alternate, bracketedPaste, mouse, 'hidden cursor': !cursor.visible };
  return Object.entries(found).flatMap(([name, is]) => (is ? [name] : []));
}

test('while it is shown, the console has the other screen, and asks for pastes in marks', async (t) => {
  const { terminal } = await open(t);
  t.deepEqual(leftOver(terminal), ['alternate', 'bracketedPaste', 'hidden cursor']);
});

for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGINT', 130],
] as const) {
  test(`${signal} leaves the terminal as it was`, async (t) => {
    const { terminal } = await open(t);
    terminal.kill(signal);
    t.is((await terminal.exited).code, code);
    t.deepEqual(leftOver(terminal), []);
  });
}

test('SIGTERM while a shell has the terminal ends both, and leaves it as it was', async (t) => {
  const sandbox = await startCluster(t);
  await makeMachine(await clientOf(t, sandbox), 'router/0');
  const { terminal } = await startProgram(t, ['console'], { sandbox });
  await terminal.waitFor('router/0');
  terminal.press('s');
  await terminal.waitFor('bosh/0:~#');
  terminal.kill('SIGTERM');
  t.is((await terminal.exited).code, 143);
  t.deepEqual(leftOver(terminal), []);
});

// Only Node takes code from its environment.
const crashing = process.env.TEST_EXECUTABLE === undefined ? test : test.skip;

crashing('a crash leaves the terminal as it was, says so, and tells the log the rest', async (t) => {
  const bomb = "process.on('SIGUSR2', () => { throw new Error('boom') })";
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(bomb)}` };
  const { terminal, home } = await open(t, { env });
  terminal.kill('SIGUSR2');
  t.is((await terminal.exited).code, 1);
  t.deepEqual(leftOver(terminal), []);
  t.regex(terminal.text(), /the console failed: boom/);
  t.regex(readFileSync(join(home, 'state/kubernetes-cpi/console.log'), 'utf8'), /Error: boom\n {4,}at /);
});

test('ctrl-z gives the terminal to the shell, and fg draws everything again', async (t) => {
  const { terminal } = await startProgram(t, ['console'], {
    under: [
      '/bin/bash',
      '-c',
      'set -m; "$@"; echo stopped; stty -a | grep -o .icanon; read -r _; fg; echo over $?',
      'bash',
    ],
  });
  await terminal.waitFor('no kubeconfig found');
  terminal.press('ctrl-z');
  await terminal.waitFor('stopped');
  await terminal.waitFor(/^ icanon$/m);
  t.deepEqual(leftOver(terminal), []);
  terminal.press('enter');
  await terminal.waitFor((one) => one.alternate && one.text().includes('no kubeconfig found'));
  t.deepEqual(leftOver(terminal), ['alternate', 'bracketedPaste', 'hidden cursor']);
  terminal.press('ctrl-c');
  await terminal.waitFor('over 0');
});

test('a broken configuration is on the screen with its flaw, and nothing is connected to', async (t) => {
  const { terminal } = await startProgram(t, ['console'], { configuration: 'redonly: true\n' });
  await terminal.waitFor(/redonly: unknown, did you mean\s+readonly\?/);
  await terminal.waitFor('no cluster');
  t.pass();
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: the start of a colour
const colour = /\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9\d|10\d)[;m]/;

test('NO_COLOR takes every colour away, the mono theme too', async (t) => {
  t.regex((await open(t)).terminal.written(), colour, 'there are colours to take away');
  t.notRegex((await open(t, { env: { NO_COLOR: '1' } })).terminal.written(), colour);
  t.notRegex((await open(t, {}, ['console', '--theme', 'mono'])).terminal.written(), colour);
});
