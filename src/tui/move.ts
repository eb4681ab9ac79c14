import { rowsOf, selectedIndex } from './rows.ts';
import { changeView, type Shell, viewStateOf } from './shell.ts';
import { clampIndex, windowTop } from './window.ts';

/** Moves the selection by so many rows; scrolls a view without rows. */
export function move(shell: Shell, by: number): void {
  const rows = rowsOf(shell);
  const state = viewStateOf(shell.store.getState());
  if (rows === undefined) scrollTo(shell, state.top + by);
  else select(shell, selectedIndex(rows, state) + by);
}

/** Moves by so many windows: 1 is a page down, -0.5 half a page up. */
export function movePages(shell: Shell, pages: number): void {
  move(shell, Math.round(pages * Math.max(1, shell.viewport.height - 1)));
}

/** Moves to the first row or line, or the last. */
export function moveToEnd(shell: Shell, end: 'first' | 'last'): void {
  const rows = rowsOf(shell);
  const length = rows?.length ?? shell.viewport.length;
  const index = end === 'first' ? 0 : length - 1;
  if (rows === undefined) scrollTo(shell, index);
  else select(shell, index);
}

/** Selects the row at an index, or the nearest there is. */
function select(shell: Shell, wanted: number): void {
  const rows = rowsOf(shell);
  if (rows === undefined || rows.length === 0) return;
  const index = clampIndex(wanted, rows.length);
  const { top } = viewStateOf(shell.store.getState());
  changeView(shell, {
    selected: rows.uidAt(index),
    index,
    top: windowTop(top, index, shell.viewport.height, rows.length),
  });
}

function scrollTo(shell: Shell, wanted: number): void {
  const { height, length } = shell.viewport;
  changeView(shell, { top: Math.max(0, Math.min(wanted, length - height)) });
}
