import test from 'ava';
import { commandsOf, conflicts } from '../../src/tui/keymap.ts';
import { views } from '../../src/views/views.ts';
import { fakeShell } from './fake-shell.ts';

test('no key means two things: neither among the commands of the shell nor among those of a view', async (t) => {
  const { shell } = await fakeShell();
  t.deepEqual(conflicts(shell.commands), []);
  for (const { name, commands = [] } of views) t.deepEqual(conflicts(commands), [], name);
});

test('no word of the command line means two things', async (t) => {
  const { shell } = await fakeShell();
  for (const view of views) {
    const words = commandsOf(shell, view).flatMap((command) => command.words ?? []);
    t.deepEqual(
      words.filter((word, index) => words.indexOf(word) !== index),
      [],
      view.name,
    );
  }
});

test('nothing that changes the cluster sits on a control letter, which vim and tmux users press without looking', async (t) => {
  const { shell } = await fakeShell();
  const writing = views.flatMap((view) => commandsOf(shell, view)).filter(({ writes }) => writes);
  t.deepEqual(
    writing.filter(({ keys }) => keys.some((key) => key.startsWith('ctrl-'))).map(({ id }) => id),
    [],
  );
});
