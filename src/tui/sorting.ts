import { hasTable } from './rows.ts';
import { changeView, type Shell, viewOf, viewStateOf } from './shell.ts';
import { columnsOf, placedColumns } from './table-columns.ts';

/** Chooses the visible column so many further on, for `sortByChosen`; it goes round. */
export function chooseColumn(shell: Shell, by: number): void {
  const keys = visibleKeys(shell);
  const { column, sort } = viewStateOf(shell.store.getState());
  const current = keys.indexOf(column ?? sort?.column ?? '');
  const start = current < 0 && by < 0 ? 0 : current;
  changeView(shell, { column: keys.at((start + by + keys.length) % keys.length) });
}

/** Sorts by a column; by the one it is sorted by already, the other way round. */
export function sortBy(shell: Shell, column: string): boolean {
  if (!keysOf(shell).includes(column)) return false;
  const { sort } = viewStateOf(shell.store.getState());
  changeView(shell, { column, sort: { column, descending: sort?.column === column && !sort.descending } });
  return true;
}

/** Sorts by the chosen column, the first when none was. */
export function sortByChosen(shell: Shell): void {
  const { column, sort } = viewStateOf(shell.store.getState());
  sortBy(shell, column ?? sort?.column ?? visibleKeys(shell)[0] ?? '');
}

/** Keys of the columns of the table on the screen. */
export function keysOf(shell: Shell): readonly string[] {
  const view = viewOf(shell);
  return hasTable(view) ? columnsOf(view.table).map(({ key }) => key) : [];
}

function visibleKeys(shell: Shell): readonly string[] {
  const view = viewOf(shell);
  return hasTable(view) ? placedColumns(shell, view.table).map(({ column }) => column.key) : [];
}
