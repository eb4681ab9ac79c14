import { copySequence } from '../clipboard.ts';
import type { Command } from '../command.ts';
import { keyLabel } from '../command.ts';
import { editorOf } from '../editor.ts';
import { commandsOf, refusalOf, runCommand } from '../keymap.ts';
import { clearMarks, marked, toggleMark } from '../marks.ts';
import { ask, push } from '../mode.ts';
import { hasTable, labelOf, listingOf, rowsOf, selectedOf } from '../rows.ts';
import { changeView, type Shell, say, viewOf, viewStateOf } from '../shell.ts';
import { chooseColumn, keysOf, sortBy, sortByChosen } from '../sorting.ts';
import { columnsOf } from '../table-columns.ts';

/** What works in every view that lists a table. */
export const tableCommands: readonly Command[] = [
  {
    id: 'table.mark',
    title: 'Mark the row',
    group: 'Table',
    keys: ['space'],
    refused: needsRow,
    run: toggleMark,
  },
  {
    id: 'table.unmark',
    title: 'Take all marks away',
    group: 'Table',
    keys: ['u'],
    words: ['unmark'],
    refused: (shell) => (marked(shell).length === 0 ? 'nothing is marked' : undefined),
    run: clearMarks,
  },
  {
    id: 'table.actions',
    title: 'What can be done with the row',
    group: 'Table',
    keys: ['a'],
    hint: 'actions',
    refused: needsAction,
    run: offerActions,
  },
  {
    id: 'table.filter',
    title: 'Filter: text, !text, -l label=value, -f letters',
    group: 'Table',
    keys: ['/'],
    hint: 'filter',
    refused: (shell) => (viewOf(shell).detail ? needsText(shell) : needsTable(shell)),
    run: editFilter,
  },
  {
    id: 'table.problems',
    title: 'Problems first, and back',
    group: 'Table',
    keys: ['!'],
    words: ['problems'],
    refused: needsTable,
    run: toggleProblems,
  },
  {
    id: 'table.next-column',
    title: 'Choose the column to the right',
    group: 'Table',
    keys: ['shift-right', '>'],
    refused: needsTable,
    run: (shell) => chooseColumn(shell, 1),
  },
  {
    id: 'table.previous-column',
    title: 'Choose the column to the left',
    group: 'Table',
    keys: ['shift-left', '<'],
    refused: needsTable,
    run: (shell) => chooseColumn(shell, -1),
  },
  {
    id: 'table.sort',
    title: 'Sort by the chosen column, again: the other way round',
    group: 'Table',
    keys: ['o'],
    words: ['sort'],
    argument: { name: 'COLUMN', values: keysOf },
    refused: needsTable,
    run: sort,
  },
  {
    id: 'table.copy',
    title: 'Copy the name, or those of all marked rows',
    group: 'Table',
    keys: ['y'],
    onRow: true,
    refused: needsRow,
    run: copyNames,
  },
  {
    id: 'table.copy-row',
    title: 'Copy the row as JSON',
    group: 'Table',
    keys: ['Y'],
    onRow: true,
    refused: needsRow,
    run: copyRow,
  },
];

function needsTable(shell: Shell): string | undefined {
  return hasTable(viewOf(shell)) ? undefined : 'there is no table here';
}

function needsText(shell: Shell): string | undefined {
  return rowsOf(shell) === undefined ? undefined : 'there is nothing to search here';
}

function needsRow(shell: Shell): string | undefined {
  return needsTable(shell) ?? (selectedOf(shell) === undefined ? 'no row is selected' : undefined);
}

function needsAction(shell: Shell): string | undefined {
  return viewOf(shell).detail ? undefined : needsRow(shell);
}

function editFilter(shell: Shell): void {
  const { filter } = viewStateOf(shell.store.getState());
  // Another filter is wanted, hardly ever a longer one.
  push(shell, { kind: 'filter', editor: editorOf(''), before: filter });
}

function toggleProblems(shell: Shell): void {
  const { problemsFirst } = viewStateOf(shell.store.getState());
  changeView(shell, { problemsFirst: !problemsFirst, selected: undefined, index: 0, top: 0 });
}

function sort(shell: Shell, column: string): void {
  if (column === '') sortByChosen(shell);
  else if (!sortBy(shell, column)) say(shell, `no column ${column}; there are ${keysOf(shell).join(', ')}`, 'problem');
}

function copyNames(shell: Shell): void {
  const view = viewOf(shell);
  const listing = hasTable(view) ? listingOf(shell, view) : undefined;
  const rows = marked(shell).map((uid) => listing?.at(listing.indexOf(uid)));
  const names = (rows.length === 0 ? [selectedOf(shell)] : rows).flatMap((row) => row?.name ?? []);
  copy(shell, names.join('\n'), names.length === 1 ? (names[0] ?? '') : `${names.length} names`);
}

function copyRow(shell: Shell): void {
  const view = viewOf(shell);
  const row = selectedOf(shell, view);
  if (row === undefined || !hasTable(view)) return;
  const fields = columnsOf(view.table).map(({ key, json }) => [key, json(row)]);
  copy(shell, JSON.stringify(Object.fromEntries(fields), undefined, 2), `${row.name} as JSON`);
}

/** Puts a text into the clipboard of the operator's terminal. @param what how it is called in the status line */
export function copy(shell: Shell, text: string, what: string): void {
  const sequence = copySequence(text);
  if (sequence === undefined) {
    say(shell, 'too much for the clipboard: terminals take 56,000 bytes', 'problem');
    return;
  }
  shell.terminal.send(sequence);
  say(shell, `copied ${what}`);
}

function offerActions(shell: Shell): void {
  const view = viewOf(shell);
  const row = selectedOf(shell, view);
  const choices = commandsOf(shell)
    .filter(({ onRow, group }) => onRow && (group !== 'Table' || hasTable(view)))
    .map((command) => {
      const refused = refusalOf(shell, command);
      const run = () => void runCommand(shell, command);
      const hint = command.keys.map(keyLabel).join(' ');
      return { label: command.title, hint, run, ...(refused === undefined ? {} : { refused }) };
    });
  ask(shell, row === undefined || !hasTable(view) ? 'Actions' : `Actions on ${labelOf(view, row)}`, choices);
}
