import type { ReactNode } from 'react';
import type { Freshness } from '../../inventory/model.ts';
import type { Connection } from '../state.ts';
import type { TableViewDefinition, ViewDefinition, ViewProps } from '../view.ts';
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

type Empty = NonNullable<ViewDefinition['empty']>;

function Nothing({ width, empty }: { readonly width: number; readonly empty: Empty }): ReactNode {
  const connection = useShellState((state) => state.connection);
  const freshness = useShellState((state) => state.freshness);
  const { filter } = useViewState();
  return <Blank width={width} {...nothingText(connection, freshness, filter, empty)} />;
}

function nothingText(
  connection: Connection,
  freshness: Freshness,
  filter: string,
  empty: Empty,
): Empty & { role?: 'problem' | 'dim' } {
  if (connection.state === 'connecting') return { title: `${capital(connection.what)} …`, role: 'dim', advice: [] };
  if (connection.state === 'failed') {
    return {
      title: 'There is no way to a cluster.',
      role: 'problem',
      advice: [connection.reason, 'Another context: c   quit: q'],
    };
  }
  if (freshness.state === 'syncing')
    return { title: `Reading from ${connection.session.cluster.server} …`, role: 'dim', advice: [] };
  if (freshness.state === 'failed') {
    return {
      title: 'The cluster does not let itself be read.',
      role: 'problem',
      advice: [freshness.reason, 'Try again: r   another context: c   another namespace: n'],
    };
  }
  if (filter !== '')
    return { title: `Nothing matches ${filter}`, advice: ['esc takes the filter away   / changes it'] };
  return empty;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
