import { Box } from 'ink';
import { type ReactNode, useLayoutEffect } from 'react';
import type { Inventory } from '../inventory/inventory.ts';
import type { Freshness } from '../inventory/model.ts';
import { Blank } from '../tui/components/blank.tsx';
import { freshnessSegment } from '../tui/components/header.tsx';
import { Line, type Segment } from '../tui/components/line.tsx';
import { useShell, useShellState, useViewState } from '../tui/components/shell-context.ts';
import { openFindings } from '../tui/findings.ts';
import { open } from '../tui/history.ts';
import { selectedIndex } from '../tui/rows.ts';
import type { Bosh } from '../tui/session.ts';
import { changeView, type Shell, sessionOf, viewStateOf } from '../tui/shell.ts';
import { fitText } from '../tui/text.ts';
import { troubleOf } from '../tui/trouble.ts';
import type { Rows, ViewDefinition, ViewProps } from '../tui/view.ts';
import { windowTop } from '../tui/window.ts';
import { type Entry, entriesOf } from './overview-entries.ts';

/** How the whole is: counts, deployments, what needs a person, how fresh each collection is. */
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

function entriesFor(shell: Shell): readonly Entry[] {
  const state = shell.store.getState();
  const session = sessionOf(state);
  if (session === undefined) return [];
  return entriesOf(session.inventory, state.bosh === undefined ? undefined : openFindings(state));
}

function rows(shell: Shell): Rows {
  return rowsOf(entriesFor(shell));
}

function rowsOf(entries: readonly Entry[]): Rows {
  return {
    length: entries.length,
    uidAt: (index) => entries[index]?.id,
    indexOf: (id) => entries.findIndex((entry) => entry.id === id),
  };
}

function enter(shell: Shell): void {
  const entries = entriesFor(shell);
  const entry = entries[selectedIndex(rowsOf(entries), viewStateOf(shell.store.getState()))];
  if (entry === undefined) return;
  open(shell, entry.route);
  changeView(shell, entry.change);
}

function Overview({ width, height }: ViewProps): ReactNode {
  const shell = useShell();
  const state = useViewState();
  useShellState(({ versions }) => versions);
  const freshness = useShellState((one) => one.freshness);
  const connection = useShellState((one) => one.connection);
  const bosh = useShellState((one) => one.bosh);
  useShellState((one) => one.boshVersion);
  useShellState((one) => one.ignored);
  useLayoutEffect(() => {
    shell.viewport.height = height - 2;
  });
  const trouble = troubleOf(connection, freshness);
  if (connection.state !== 'connected') return trouble === undefined ? null : <Blank width={width} {...trouble} />;
  const { inventory, cluster } = connection.session;
  const entries = entriesFor(shell);
  const selected = selectedIndex(rowsOf(entries), state);
  const lines = [...entryLines(entries, selected), ...boshLines(bosh), ...collectionLines(inventory)];
  const at = lines.findIndex(({ isSelected }) => isSelected);
  const top = selected === 0 ? 0 : windowTop(state.top, at, height - 2, lines.length);
  return (
    <Box flexDirection="column" height={height}>
      <Line
        width={width}
        segments={[
          { text: ' Overview   ', role: 'heading' },
          { text: cluster.server, role: 'dim' },
        ]}
      />
      {lines.slice(top, top + height - 1).map(({ key, segments, isSelected }) => (
        <Line key={key} width={width} segments={segments} {...(isSelected ? { look: 'selected' as const } : {})} />
      ))}
    </Box>
  );
}

interface OverviewLine {
  readonly key: string;
  readonly segments: readonly Segment[];
  readonly isSelected: boolean;
}

function entryLines(entries: readonly Entry[], selected: number): readonly OverviewLine[] {
  return entries.flatMap((entry, index) => [
    ...(entries[index - 1]?.section === entry.section ? [] : headingLines(entry.section)),
    { key: entry.id, segments: entrySegments(entry, index === selected), isSelected: index === selected },
  ]);
}

function entrySegments({ title, count, details }: Entry, isSelected: boolean): readonly Segment[] {
  return [
    { text: isSelected ? ' ▸ ' : '   ' },
    { text: fitText(title, 26) },
    { text: count === undefined ? '' : fitText(count.toLocaleString('en'), 8, 'right') },
    ...details.flatMap((detail): readonly Segment[] => [{ text: '   ' }, detail]),
  ];
}

function headingLines(text: string): readonly OverviewLine[] {
  return [
    { key: `above ${text}`, segments: [], isSelected: false },
    { key: text, segments: [{ text: ` ${text}`, role: 'accent' }], isSelected: false },
  ];
}

/** What there is of BOSH's side, and how far it can be trusted. */
function boshLines(bosh: Bosh | undefined): readonly OverviewLine[] {
  if (bosh === undefined) return [];
  const line = (key: string, segments: readonly Segment[]): OverviewLine => ({ key, segments, isSelected: false });
  const { director } = bosh;
  if (director.state === 'none') {
    const text = '   No Director is named; :drift says what cannot be known without one.';
    return [...headingLines('Read from BOSH'), line('no director', [{ text, role: 'dim' }])];
  }
  if (director.state === 'broken') {
    return [...headingLines('Read from BOSH'), line('broken', [{ text: `   ${director.reason}`, role: 'problem' }])];
  }
  const { info, freshness, deployments, instances, orphanDisks, tasks } = director.feed.view();
  const counts: readonly (readonly [string, number | undefined])[] = [
    ['deployments', deployments.length],
    ['instances', instances.length],
    ['orphaned disks', orphanDisks?.length],
    ['tasks under way', tasks.length],
  ];
  const name = info === undefined ? 'Director' : `Director ${info.name}`;
  return [
    ...headingLines('Read from BOSH'),
    line('director', [
      { text: `   ${fitText(name, 37)}` },
      freshnessSegment(freshness, Date.now()),
      {
        text: info === undefined ? '' : `   ${info.version}${info.user === undefined ? '' : `, as ${info.user}`}`,
        role: 'dim',
      },
      ...reasonOf(freshness),
    ]),
    ...counts.map(([what, count]) =>
      line(`bosh ${what}`, [
        { text: `   ${fitText(what, 26)}${fitText(count?.toLocaleString('en') ?? '–', 8, 'right')}` },
        { text: count === undefined ? '   this user may not read them' : '', role: 'dim' },
      ]),
    ),
  ];
}

function collectionLines(inventory: Inventory): readonly OverviewLine[] {
  const nodes = [...inventory.nodes().values()];
  const unready = nodes.filter(({ ready }) => !ready).map(({ name }) => name);
  return [
    ...headingLines('Read from the cluster'),
    ...inventory.collections().map(({ name, count, freshness }) => ({
      key: `collection ${name}`,
      isSelected: false,
      segments: [
        { text: `   ${fitText(name, 26)}${fitText(count.toLocaleString('en'), 8, 'right')}   ` },
        freshnessSegment(freshness, Date.now()),
        ...reasonOf(freshness),
        ...(name === 'nodes' && unready.length > 0
          ? [{ text: `   not ready: ${unready.join(', ')}`, role: 'problem' as const }]
          : []),
      ],
    })),
  ];
}

function reasonOf(freshness: Freshness): readonly Segment[] {
  return 'reason' in freshness ? [{ text: `   ${freshness.reason}`, role: 'dim' }] : [];
}
