import { move } from './move.ts';
import { rowsOf, selectedOf } from './rows.ts';
import { changeView, type Shell, viewStateOf } from './shell.ts';

/** Marks the selected row, or takes its mark away, and goes on to the next. */
export function toggleMark(shell: Shell): void {
  const row = selectedOf(shell);
  if (row === undefined) return;
  const marks = new Set(viewStateOf(shell.store.getState()).marks);
  if (!marks.delete(row.uid)) marks.add(row.uid);
  changeView(shell, { marks });
  move(shell, 1);
}

/** UIDs marked that are still there: what was deleted meanwhile counts no more. */
export function marked(shell: Shell): readonly string[] {
  const rows = rowsOf(shell);
  return [...viewStateOf(shell.store.getState()).marks].filter((uid) => rows !== undefined && rows.indexOf(uid) >= 0);
}

/** Takes all marks away. */
export function clearMarks(shell: Shell): void {
  changeView(shell, { marks: new Set() });
}
