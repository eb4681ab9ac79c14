import type { Column } from '../inventory/columns.ts';

/** Rows in the form of bosh-cli's `--json`, but with values as they are: numbers, lists, null for none. */
export function jsonTable<R>(
  content: string,
  columns: readonly Column<R>[],
  rows: readonly R[],
  notes: readonly string[],
): string {
  const table = {
    Content: content,
    Header: Object.fromEntries(columns.map(({ key, title }) => [key, title])),
    Rows: rows.map((row) => Object.fromEntries(columns.map(({ key, json }) => [key, json(row)]))),
    Notes: notes,
  };
  return `${JSON.stringify({ Tables: [table], Blocks: null, Lines: null }, null, 2)}\n`;
}
