import { isUnderWay } from '../action.ts';
import type { Command } from '../command.ts';
import { editorOf } from '../editor.ts';
import { step } from '../history.ts';
import { push } from '../mode.ts';
import { type Shell, say, sessionOf, viewOf } from '../shell.ts';
import { type ThemeName, themeNames } from '../theme.ts';

/** What is about the console itself. */
export const consoleCommands: readonly Command[] = [
  {
    id: 'console.command',
    title: 'Command line: a view or a command by name',
    group: 'Console',
    keys: [':'],
    hint: 'command',
    run: (shell) => push(shell, { kind: 'command', editor: editorOf('') }),
  },
  {
    id: 'console.help',
    title: 'Help',
    group: 'Console',
    keys: ['?'],
    words: ['help'],
    hint: 'help',
    run: (shell) => push(shell, { kind: 'help', editor: editorOf(''), typing: false, top: 0 }),
  },
  {
    id: 'console.refresh',
    title: 'Read everything from the cluster again',
    group: 'Console',
    keys: ['r'],
    words: ['refresh'],
    refused: (shell) => (sessionOf(shell.store.getState()) === undefined ? 'there is no cluster yet' : undefined),
    run: refresh,
  },
  {
    id: 'console.theme',
    title: 'Colours: dark, light or mono',
    group: 'Console',
    keys: ['T'],
    words: ['theme'],
    argument: { name: 'THEME', values: () => themeNames },
    run: changeTheme,
  },
  {
    id: 'console.redraw',
    title: 'Draw the screen anew',
    group: 'Console',
    keys: ['ctrl-l'],
    words: ['redraw'],
    run: ({ terminal }) => terminal.redraw(),
  },
  {
    id: 'console.suspend',
    title: 'Stop until `fg`',
    group: 'Console',
    keys: ['ctrl-z'],
    words: ['suspend'],
    run: ({ terminal }) => terminal.stop(),
  },
  {
    id: 'console.leave',
    title: 'Quit; from details, back to the list',
    group: 'Console',
    keys: ['q'],
    run: leave,
  },
  {
    id: 'console.quit',
    title: 'Quit',
    group: 'Console',
    keys: ['ctrl-c'],
    words: ['quit', 'q', 'q!', 'exit'],
    run: quit,
  },
  {
    id: 'console.action',
    title: 'The action under way, or the last one',
    group: 'Console',
    keys: [],
    words: ['action'],
    refused: (shell) => (shell.store.getState().action === undefined ? 'nothing was done yet' : undefined),
    run: (shell) => push(shell, { kind: 'action' }),
  },
];

function refresh(shell: Shell): void {
  sessionOf(shell.store.getState())?.inventory.refresh();
  say(shell, 'reading everything again');
}

function changeTheme(shell: Shell, name: string): void {
  const { theme } = shell.store.getState();
  const next =
    name === ''
      ? themeNames[(themeNames.indexOf(theme) + 1) % themeNames.length]
      : themeNames.find((one) => one === name);
  if (next === undefined) throw new Error(`no theme ${name}; there are ${themeNames.join(', ')}`);
  shell.store.setState({ theme: next satisfies ThemeName });
  say(shell, `theme ${next}`);
}

function leave(shell: Shell): void {
  if (viewOf(shell).detail && step(shell, -1)) return;
  quit(shell);
}

/** An action that is left stays half done, and a second time is asked for: its next run goes on with it. */
function quit(shell: Shell): void {
  const { action } = shell.store.getState();
  if (action === undefined || action.warned || !isUnderWay(shell)) {
    shell.terminal.quit();
    return;
  }
  shell.store.setState({ action: { ...action, warned: true } });
  say(shell, `${action.title} is under way, and would be left half done: once more quits`, 'problem');
}
