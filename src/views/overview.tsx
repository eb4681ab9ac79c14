import { Box } from 'ink';
import { type ReactNode, useLayoutEffect } from 'react';
import type { Freshness } from '../inventory/model.ts';
import { freshnessSegment } from '../tui/components/header.tsx';
import { Line, type Segment } from '../tui/components/line.tsx';
import { useShell, useShellState, useViewState } from '../tui/components/shell-context.ts';
import { open } from '../tui/history.ts';
import { selectedIndex } from '../tui/rows.ts';
import { changeView, type Shell, sessionOf, viewStateOf } from '../tui/shell.ts';
import { fitText } from '../tui/text.ts';
import type { Rows, ViewDefinition, ViewProps } from '../tui/view.ts';
import { windowTop } from '../tui/window.ts';
import { type Entry, entriesOf } from './overview-entries.ts';

/** How the whole is: counts, what needs a person, how fresh each collection is. */
export const overview: ViewDefinition = {
  name: 'overview',
  title: 'Overview',
  aliases: ['home', 'pulse'],
  about: 'counts, health, and how fresh they are',
  key: '1',
  rows,
  enter,
  Component: Overview,
};

function rows(shell: Shell): Rows {
  const entries = entriesFor(shell);
  return {
    length: entries.length,
    uidAt: (index) => entries[index]?.id,
    indexOf: (id) => entries.findIndex((entry) => entry.id === id),
  };
}

function entriesFor(shell: Shell): readonly Entry[] {
  const session = sessionOf(shell.store.getState());
  return session === undefined ? [] : entriesOf(session.inventory);
}

function enter(shell: Shell): void {
  const entry = entriesFor(shell)[selectedIndex(rows(shell), viewStateOf(shell.store.getState()))];
  if (entry === undefined) return;
  open(shell, entry.route);
  if (entry.problemsFirst) changeView(shell, { problemsFirst: true });
}

function Overview({ width, height }: ViewProps): ReactNode {
  const shell = useShell();
  const state = useViewState();
  useShellState(({ versions }) => versions);
  const freshness = useShellState((one) => one.freshness);
  const connection = useShellState((one) => one.connection);
  const entries = entriesFor(shell);
  const collections = connection.state === 'connected' ? connection.session.inventory.collections() : [];
  const below = Math.min(collections.length + 2, Math.max(0, height - 10));
  const room = height - 2 - below;
  useLayoutEffect(() => {
    shell.viewport.height = room;
  });
  const selected = selectedIndex(rows(shell), state);
  const top = windowTop(state.top, selected, room, entries.length);
  const where =
    connection.state === 'connected'
      ? connection.session.cluster.server
      : connection.state === 'failed'
        ? connection.reason
        : `${connection.what} …`;

  return (
    <Box flexDirection="column" height={height}>
      <Line
        width={width}
        segments={[
          { text: ' Overview   ', role: 'heading' },
          { text: where, role: connection.state === 'failed' ? 'problem' : 'dim' },
        ]}
      />
      <Line width={width} segments={[]} />
      <Box flexDirection="column" height={room}>
        {entries.slice(top, top + room).map((entry, index) => (
          <EntryLine key={entry.id} entry={entry} selected={top + index === selected} width={width} />
        ))}
      </Box>
      {below > 2 ? <Line width={width} segments={[]} /> : null}
      {below > 2 ? (
        <Line
          width={width}
          segments={[{ text: ' Read from the cluster   ', role: 'heading' }, freshnessSegment(freshness, Date.now())]}
        />
      ) : null}
      {collections.slice(0, Math.max(0, below - 2)).map((collection) => (
        <Line
          key={collection.name}
          width={width}
          segments={[
            { text: `   ${fitText(collection.name, 26)}` },
            { text: fitText(collection.count.toLocaleString('en'), 8, 'right') },
            { text: '   ' },
            freshnessSegment(collection.freshness, Date.now()),
            ...reasonOf(collection.freshness),
          ]}
        />
      ))}
    </Box>
  );
}

function reasonOf(freshness: Freshness): readonly Segment[] {
  return !('reason' in freshness) ? [] : [{ text: `   ${freshness.reason}`, role: 'dim' }];
}

function EntryLine({
  entry,
  selected,
  width,
}: {
  readonly entry: Entry;
  readonly selected: boolean;
  readonly width: number;
}): ReactNode {
  return (
    <Line
      width={width}
      {...(selected ? { look: 'selected' as const } : {})}
      segments={[
        { text: selected ? ' ▸ ' : '   ' },
        { text: fitText(entry.title, 26) },
        { text: entry.count === undefined ? '' : fitText(entry.count.toLocaleString('en'), 8, 'right') },
        ...entry.details.flatMap((detail): readonly Segment[] => [{ text: '   ' }, detail]),
      ]}
    />
  );
}
