import { type Column, columns } from '../inventory/columns.ts';
import type { Row, TableName } from '../inventory/model.ts';
import { type Placed, placeColumns } from './place-columns.ts';
import { type Shell, sessionOf } from './shell.ts';
import type { ShellState } from './state.ts';

/** Columns left of the first: mark, pointer, space. */
export const gutter = 3;

/** All columns of a table, from left to right. */
export function columnsOf(table: TableName): readonly Column<Row>[] {
  return columns[table] as readonly Column<never>[] as readonly Column<Row>[];
}

/** The columns that fit on the screen, and their room. The namespace is of interest only where there are several; colours and pointers tell the health. */
export function placedColumns(shell: Shell, table: TableName): readonly Placed<Column<Row>>[] {
  const state = shell.store.getState();
  const width = state.size.columns - gutter;
  const several = hasSeveralNamespaces(state);
  const key = `${table} ${width} ${several}`;
  const known = placed.get(shell);
  if (known?.key === key) return known.columns;
  const shown = columnsOf(table)
    .filter((column) => column.key !== 'health' && (several || column.key !== 'namespace'))
    .map((column) => (column.key === 'namespace' ? { ...column, priority: 2 } : column));
  const made = { key, columns: placeColumns(shown, width) };
  placed.set(shell, made);
  return made.columns;
}

/** Kept, since it is asked for at every frame. */
const placed = new WeakMap<Shell, { readonly key: string; readonly columns: readonly Placed<Column<Row>>[] }>();

function hasSeveralNamespaces(state: ShellState): boolean {
  const session = sessionOf(state);
  return session !== undefined && session.namespace === undefined;
}
