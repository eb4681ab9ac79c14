import { open } from '../tui/history.ts';
import { selectedOf } from '../tui/rows.ts';
import type { Shell } from '../tui/shell.ts';

/** Opens the detail view of the selected row. */
export function openDetail(shell: Shell, view: 'vm' | 'disk'): void {
  const row = selectedOf(shell);
  if (row !== undefined) open(shell, { view, uid: row.uid });
}
