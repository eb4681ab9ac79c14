import test, { type ExecutionContext } from 'ava';
import { openTerminal, type Terminal } from './terminal.ts';

function start(t: ExecutionContext, script: string, columns = 40, rows = 6): Terminal {
  const env = { PATH: process.env.PATH ?? '', TERM: 'xterm-256color' };
  const terminal = openTerminal(['/bin/sh', '-c', script], { columns, rows, env });
  t.teardown(() => terminal.close());
  return terminal;
}

test('the screen is what a person sees, the rest is what the program wrote', async (t) => {
  const terminal = start(t, "printf 'one\\033[31m red\\033[0m\\r\\ntwo\\033[1;1HONE'; read -r _");
  await terminal.waitFor('ONE red');
  t.deepEqual(terminal.screen(), ['ONE red', 'two', '', '', '', '']);
  t.true(terminal.written().includes('\x1b[31m'));
});

test('modes are seen while they are set and after they are left', async (t) => {
  const enter = '\\033[?1049h\\033[?2004h\\033[?1000h\\033[?25lin';
  const leave = '\\033[?25h\\033[?1000l\\033[?2004l\\033[?1049lout';
  const terminal = start(t, `printf '${enter}'; read -r _; printf '${leave}'; read -r _`);
  const modes = () => [terminal.alternate, terminal.bracketedPaste, terminal.mouse, !terminal.cursor.visible];
  await terminal.waitFor('in');
  t.deepEqual(modes(), [true, true, true, true]);
  terminal.press('enter');
  await terminal.waitFor('out');
  t.deepEqual(modes(), [false, false, false, false]);
});

test('keys, pastes and sizes reach the program', async (t) => {
  const terminal = start(
    t,
    "stty size; stty raw -echo; printf '\\033[?2004hready'; dd bs=1 count=21 2>/dev/null | od -c",
  );
  await terminal.waitFor('ready');
  t.is(terminal.screen()[0], '6 40');
  terminal.press('ctrl-c', 'up', 'alt-x', 'q');
  terminal.paste('p\r');
  await terminal.waitFor('0000025');
  const codes = terminal.text().replace(/\s+/g, ' ');
  t.true(codes.includes('003 033 [ A 033 x q 033 [ 2 0 0 ~ p'), codes);
});

test('a resize reaches the program and the screen', async (t) => {
  const terminal = start(t, "trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done");
  await terminal.waitFor('ready');
  terminal.resize(100, 8);
  await terminal.waitFor('8 100');
  t.is(terminal.screen().length, 8);
});

test('how a program ended', async (t) => {
  t.deepEqual(await start(t, 'exit 3').exited, { code: 3, signal: undefined });
  const terminal = start(t, 'echo ready; sleep 60');
  await terminal.waitFor('ready');
  terminal.kill('SIGTERM');
  t.is((await terminal.exited).signal, 'SIGTERM');
});

test('a wait that fails shows the screen, at once when the program is gone', async (t) => {
  const error = await t.throwsAsync(start(t, 'echo that').waitFor('this'));
  t.regex(error?.message ?? '', /ended before the screen showed: this\n\+-+\+\n\|that/);
});
