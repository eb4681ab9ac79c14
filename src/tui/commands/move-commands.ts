import type { Command } from '../command.ts';
import { step, swap } from '../history.ts';
import { move, movePages, moveToEnd } from '../move.ts';
import { changeView, type Shell, say, viewOf, viewStateOf } from '../shell.ts';

/** The keys of vim and of terminals, both, always. */
export const moveCommands: readonly Command[] = [
  { id: 'nav.down', title: 'Down', group: 'Move', keys: ['j', 'down'], run: (shell) => move(shell, 1) },
  { id: 'nav.up', title: 'Up', group: 'Move', keys: ['k', 'up'], run: (shell) => move(shell, -1) },
  {
    id: 'nav.page-down',
    title: 'Page down',
    group: 'Move',
    keys: ['pagedown', 'ctrl-f'],
    run: (shell) => movePages(shell, 1),
  },
  {
    id: 'nav.page-up',
    title: 'Page up',
    group: 'Move',
    keys: ['pageup', 'ctrl-b'],
    run: (shell) => movePages(shell, -1),
  },
  {
    id: 'nav.half-down',
    title: 'Half a page down',
    group: 'Move',
    keys: ['ctrl-d'],
    run: (shell) => movePages(shell, 0.5),
  },
  {
    id: 'nav.half-up',
    title: 'Half a page up',
    group: 'Move',
    keys: ['ctrl-u'],
    run: (shell) => movePages(shell, -0.5),
  },
  { id: 'nav.first', title: 'First', group: 'Move', keys: ['g', 'home'], run: (shell) => moveToEnd(shell, 'first') },
  { id: 'nav.last', title: 'Last', group: 'Move', keys: ['G', 'end'], run: (shell) => moveToEnd(shell, 'last') },
  {
    id: 'nav.enter',
    title: 'Open the selected row',
    group: 'Move',
    keys: ['enter'],
    hint: 'details',
    refused: (shell) => (viewOf(shell).enter === undefined ? 'there is nothing to open here' : undefined),
    run: (shell) => viewOf(shell).enter?.(shell),
  },
  {
    id: 'nav.back',
    title: 'Take the filter away, else go back',
    group: 'Move',
    keys: ['esc'],
    run: back,
  },
  {
    id: 'history.back',
    title: 'Back in the history of views',
    group: 'Move',
    keys: ['['],
    run: (shell) => sayIfNot(shell, step(shell, -1), 'this is the first view you had'),
  },
  {
    id: 'history.forward',
    title: 'Forward in the history of views',
    group: 'Move',
    keys: [']'],
    run: (shell) => sayIfNot(shell, step(shell, 1), 'this is the last view you had'),
  },
  {
    id: 'history.swap',
    title: 'The view before this one, and back',
    group: 'Move',
    keys: ['-'],
    run: (shell) => sayIfNot(shell, swap(shell), 'there was no other view yet'),
  },
];

/** Esc undoes one thing at a time, and neither quits nor destroys: marks stay. */
function back(shell: Shell): void {
  if (viewStateOf(shell.store.getState()).filter !== '') changeView(shell, { filter: '', top: 0 });
  else step(shell, -1);
}

function sayIfNot(shell: Shell, done: boolean, text: string): void {
  if (!done) say(shell, text);
}
