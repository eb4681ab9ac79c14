import { Box } from 'ink';
import { type ReactNode, useLayoutEffect } from 'react';
import type { Column } from '../../inventory/columns.ts';
import type { Row } from '../../inventory/model.ts';
import { columnGap, type Placed } from '../place-columns.ts';
import { listingOf, selectedIndex } from '../rows.ts';
import type { ViewState } from '../state.ts';
import { gutter, placedColumns } from '../table-columns.ts';
import { fitText } from '../text.ts';
import type { TableViewDefinition, ViewProps } from '../view.ts';
import { windowTop } from '../window.ts';
import { Line, type Segment } from './line.tsx';
import { useShell, useShellState, useViewState } from './shell-context.ts';
import { TableRow } from './table-row.tsx';
import { useNow } from './use-now.ts';

/** Below that age, in milliseconds, ages are shown in seconds. */
const young = 60_000;

interface TableProps extends ViewProps {
  readonly view: TableViewDefinition;
  /** What is shown when there are no rows. */
  readonly empty: ReactNode;
}

/** A table of which only the visible rows are made. */
export function Table({ view, width, height, empty }: TableProps): ReactNode {
  const shell = useShell();
  const state = useViewState();
  useShellState(({ versions }) => versions[view.table]);
  useShellState(({ connection }) => connection);
  useShellState(({ boshVersion }) => boshVersion);
  useShellState(({ ignored }) => ignored);
  const stale = useShellState(({ freshness }) => freshness.state === 'stale');
  const listing = listingOf(shell, view);
  const room = Math.max(0, height - 2);
  useLayoutEffect(() => {
    shell.viewport.height = room;
  });

  const length = listing?.length ?? 0;
  const selected = listing === undefined ? 0 : selectedIndex({ length, uidAt: uid, indexOf }, state);
  const top = windowTop(state.top, selected, room, length);
  const visible: Row[] = [];
  for (let index = top; index < Math.min(top + room, length); index++) {
    const row = listing?.at(index);
    if (row !== undefined) visible.push(row);
  }
  const youngest = visible.reduce((latest, { created }) => Math.max(latest, created), 0);
  const now = useNow(Date.now() - youngest < young ? 1000 : 15_000);

  const notes = visible.map((row) => view.note?.(shell, row));
  const textOf = (column: Column<Row>, row: Row) =>
    notes[visible.indexOf(row)]?.cells[column.key]?.text ?? column.text(row, now);
  const placed = placedColumns(shell, view.table, visible, textOf);

  function uid(index: number): string | undefined {
    return listing?.at(index)?.uid;
  }
  function indexOf(wanted: string): number {
    return listing?.indexOf(wanted) ?? -1;
  }

  return (
    <Box flexDirection="column" height={height}>
      <Line width={width} segments={headline(view, state, length, listing?.total ?? 0)} />
      <Line width={width} segments={titles(placed, state)} look="dim" />
      {visible.length === 0 ? empty : null}
      {visible.map((row, index) => (
        <TableRow
          key={row.uid}
          cells={placed.map(({ column, width: own }) => fitText(textOf(column, row), own, column.align))}
          tones={placed.map(({ column }) => notes[index]?.cells[column.key]?.tone ?? column.tone?.(row) ?? 'normal')}
          mark={notes[index]?.mark}
          width={width}
          health={row.health}
          selected={top + index === selected}
          marked={state.marks.has(row.uid)}
          stale={stale}
        />
      ))}
    </Box>
  );
}

function headline(view: TableViewDefinition, state: ViewState, length: number, total: number): readonly Segment[] {
  const count =
    length === total ? total.toLocaleString('en') : `${length.toLocaleString('en')}/${total.toLocaleString('en')}`;
  const segments: Segment[] = [{ text: ` ${view.title} `, role: 'heading' }, { text: count }];
  if (state.filter !== '') segments.push({ text: '   filter ', role: 'dim' }, { text: state.filter, role: 'accent' });
  if (state.problemsFirst) segments.push({ text: '   problems first', role: 'accent' });
  if (state.sort !== undefined) {
    segments.push(
      { text: '   sort ', role: 'dim' },
      { text: `${state.sort.column} ${arrow(state.sort)}`, role: 'accent' },
    );
  }
  if (state.marks.size > 0) segments.push({ text: `   ${state.marks.size} marked`, role: 'accent' });
  return segments;
}

function titles(placed: readonly Placed<Column<Row>>[], { sort, column: chosen }: ViewState): readonly Segment[] {
  const segments: Segment[] = [{ text: ' '.repeat(gutter) }];
  for (const [index, { column, width }] of placed.entries()) {
    if (index > 0) segments.push({ text: ' '.repeat(columnGap) });
    const text = sort?.column === column.key ? `${column.title}${arrow(sort)}` : column.title;
    const padded = fitText(text, width, column.align);
    segments.push(column.key === chosen ? { text: padded, role: 'match' } : { text: padded });
  }
  return segments;
}

function arrow({ descending }: { readonly descending: boolean }): string {
  return descending ? '↓' : '↑';
}
