import type { ReactNode } from 'react';
import { type Saying, troubleOf } from '../trouble.ts';
import type { TableViewDefinition, ViewProps } from '../view.ts';
import { Blank } from './blank.tsx';
import { useShellState, useViewState } from './shell-context.ts';
import { Table } from './table.tsx';

interface TableViewProps extends ViewProps {
  readonly view: TableViewDefinition;
}

/** A view that lists a table; connecting, reading, failing and having nothing are screens of it too. */
export function TableView({ view, width, height }: TableViewProps): ReactNode {
  const empty = view.empty ?? { title: `No ${view.title} here.`, advice: [] };
  return <Table view={view} width={width} height={height} empty={<Nothing width={width} empty={empty} />} />;
}

function Nothing({ width, empty }: { readonly width: number; readonly empty: Saying }): ReactNode {
  const connection = useShellState((state) => state.connection);
  const freshness = useShellState((state) => state.freshness);
  const { filter } = useViewState();
  const saying = troubleOf(connection, freshness) ?? (filter === '' ? empty : nothingMatches(filter));
  return <Blank width={width} {...saying} />;
}

function nothingMatches(filter: string): Saying {
  return { title: `Nothing matches ${filter}`, advice: ['esc takes the filter away   / changes it'] };
}
