import { type Column, columns } from '../inventory/columns.ts';
import type { Row, TableName } from '../inventory/model.ts';
import { type Placed, placeColumns } from './place-columns.ts';
import type { Shell } from './shell.ts';
import { widthOf } from './text.ts';

/** Columns left of the first: mark, pointer, space. */
export const gutter = 3;

type PlacedColumns = readonly Placed<Column<Row>>[];

/** Columns of one table as they were placed last. */
interface Layout {
  readonly longest: Map<Column<Row>, number>;
  /** What they were placed for. */
  key: string;
  placed: PlacedColumns;
}

const layouts = new WeakMap<Shell, Map<string, Layout>>();

/** All columns of a table, from left to right. */
export function columnsOf(table: TableName): readonly Column<Row>[] {
  return columns[table] as readonly Column<never>[] as readonly Column<Row>[];
}

/**
 * The columns that fit on the screen, and their room.
 * @param rows those about to be shown: their cells count from now on
 * @param textOf what a cell shows
 */
export function placedColumns(
  shell: Shell,
  table: TableName,
  rows: readonly Row[] = [],
  textOf: (column: Column<Row>, row: Row) => string = (column, row) => column.text(row, 0),
): PlacedColumns {
  const { size, connection } = shell.store.getState();
  const several = connection.state === 'connected' && connection.session.namespace === undefined;
  const shown = shownColumns(table, several);
  const layout = layoutOf(shell, `${table} ${several}`);
  const grown = noteCells(layout.longest, shown, rows, textOf);
  const key = `${size.columns}`;
  if (grown || layout.key !== key) {
    layout.key = key;
    layout.placed = placeColumns(shown, size.columns - gutter, (column) => layout.longest.get(column) ?? 0);
  }
  return layout.placed;
}

function layoutOf(shell: Shell, name: string): Layout {
  const own = layouts.get(shell) ?? new Map<string, Layout>();
  layouts.set(shell, own);
  const layout = own.get(name) ?? { longest: new Map(), key: '', placed: [] };
  own.set(name, layout);
  return layout;
}

/** The namespace is of interest only where there are several; colours and pointers tell the health. */
function shownColumns(table: TableName, several: boolean): readonly Column<Row>[] {
  const all = columnsOf(table).filter(({ key }) => key !== 'health' && key !== 'namespace');
  const namespace = columnsOf(table).find(({ key }) => key === 'namespace');
  return several && namespace !== undefined ? [...all, namespace] : all;
}

/** @returns whether any cell is longer than those before */
function noteCells(
  longest: Map<Column<Row>, number>,
  shown: readonly Column<Row>[],
  rows: readonly Row[],
  textOf: (column: Column<Row>, row: Row) => string,
): boolean {
  let grown = false;
  for (const column of shown) {
    const before = longest.get(column) ?? column.title.length + 1;
    const widest = rows.reduce((most, row) => Math.max(most, widthOf(textOf(column, row))), before);
    if (widest > before || !longest.has(column)) {
      longest.set(column, widest);
      grown = true;
    }
  }
  return grown;
}
