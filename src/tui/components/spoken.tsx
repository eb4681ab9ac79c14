import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { proposals } from '../completion.ts';
import { choicesLeft } from '../mode.ts';
import { filterProblem, hasTable, listingOf, selectedIndex } from '../rows.ts';
import { routeOf, type Shell, sessionOf, viewOf, viewStateOf } from '../shell.ts';
import type { Mode } from '../state.ts';
import { placedColumns } from '../table-columns.ts';
import { printable } from '../text.ts';
import type { TableViewDefinition, ViewDefinition } from '../view.ts';
import { contextOf } from './action-dialog.tsx';
import { actionLines } from './action-lines.ts';
import { countSegments, directorSegments, freshnessSegment } from './header.tsx';
import { Help } from './help.tsx';
import type { Segment } from './line.tsx';
import { useShell, useShellState } from './shell-context.ts';

/** Lines of a view that is no table. */
const lines = 20;

/**
 * The console for a screen reader: linear text of what matters now, the selected row in words instead of a table. It changes only where something
 * else is to be said, since whatever changes is read out.
 */
export function SpokenScreen({ width }: { readonly width: number }): ReactNode {
  const shell = useShell();
  const mode = useShellState((state) => state.modes.at(-1));
  const toast = useShellState((state) => state.toast);
  useShellState(routeOf);
  return (
    <Box flexDirection="column">
      <Where />
      <Place view={viewOf(shell)} mode={mode} width={width} />
      {mode === undefined ? null : <SpokenMode mode={mode} />}
      {toast === undefined ? null : <Text>{toast.text}</Text>}
    </Box>
  );
}

function Where(): ReactNode {
  const shell = useShell();
  const connection = useShellState((state) => state.connection);
  const freshness = useShellState((state) => freshnessSegment(state.freshness, Date.now()).text);
  const counts = useShellState(() => textOf(countSegments(shell)));
  const director = useShellState(({ bosh }) => textOf(directorSegments(bosh?.director, Date.now())[0] ?? []));
  const { readonly, demo } = shell.store.getState();
  const words = [
    connection.state === 'connected'
      ? `context ${connection.session.context}, ${connection.session.namespace ?? 'all namespaces'}`
      : connection.state === 'failed'
        ? `no cluster: ${connection.reason}`
        : connection.what,
    demo ? 'demo' : '',
    readonly ? 'read-only' : '',
    director.replace('✓', 'read').replace('…', 'being read').replace(' ✗', ''),
    counts,
    connection.state === 'connected' ? freshness.replace(/ \S$/, '') : '',
  ];
  return <Text>{words.filter((word) => word !== '').join(', ')}</Text>;
}

interface PlaceProps {
  readonly view: ViewDefinition;
  readonly mode: Mode | undefined;
  readonly width: number;
}

function Place({ view, mode, width }: PlaceProps): ReactNode {
  if (mode?.kind === 'help') return <Help mode={mode} width={width} height={lines} />;
  if (hasTable(view)) return <SpokenRow view={view} />;
  if (view.spoken !== undefined) return <SpokenView spoken={view.spoken} />;
  return view.Component === undefined ? null : <view.Component width={width} height={lines} />;
}

function SpokenRow({ view }: { readonly view: TableViewDefinition }): ReactNode {
  const shell = useShell();
  // Only when the words are others is there anything to be said.
  const text = useShellState(() => rowText(shell, view));
  return (
    <Box aria-role="listitem" aria-state={{ selected: true }}>
      <Text>{text}</Text>
    </Box>
  );
}

function SpokenView({ spoken }: { readonly spoken: (shell: Shell) => string }): ReactNode {
  const shell = useShell();
  return <Text>{useShellState(() => spoken(shell))}</Text>;
}

function rowText(shell: Shell, view: TableViewDefinition): string {
  const state = viewStateOf(shell.store.getState());
  const listing = listingOf(shell, view);
  if (sessionOf(shell.store.getState()) === undefined || listing === undefined) return view.title;
  const { length } = listing;
  const index = selectedIndex(
    { length, uidAt: (at) => listing.at(at)?.uid, indexOf: (uid) => listing.indexOf(uid) },
    state,
  );
  const row = listing.at(index);
  const filter = state.filter === '' ? '' : `, filter ${state.filter}`;
  if (row === undefined) return `${view.title}${filter}: none. ${view.empty?.title ?? ''}`;
  const cells = placedColumns(shell, view.table)
    .filter(({ column }) => column.key !== 'created')
    .map(({ column }) => `${column.title.toLowerCase()} ${printable(column.text(row, 0))}`);
  const marked = state.marks.has(row.uid) ? ', marked' : '';
  const note = view.note?.(shell, row)?.text;
  const reason = row.reason === undefined ? '' : `. ${row.health}: ${printable(row.reason)}`;
  const differs = note === undefined ? '' : `. ${printable(note)}`;
  return `${view.title}${filter}, ${index + 1} of ${length}${marked}: ${cells.join(', ')}${reason}${differs}`;
}

function SpokenMode({ mode }: { readonly mode: Mode }): ReactNode {
  const shell = useShell();
  switch (mode.kind) {
    case 'filter':
      return <Text>{`filter: ${mode.editor.text}${problemOf(mode.editor.text)}`}</Text>;
    case 'command': {
      const [first] = proposals(shell, mode.editor.text);
      return <Text>{`command: ${mode.editor.text}${first === undefined ? '' : `, tab for ${first.line}`}`}</Text>;
    }
    case 'sheet': {
      const choices = choicesLeft(mode);
      const choice = choices[mode.index];
      const what = choice === undefined ? 'nothing matches' : `${choice.label} ${choice.refused ?? choice.hint}`;
      return <Text>{`${mode.title}, ${mode.index + 1} of ${choices.length}: ${what}`}</Text>;
    }
    case 'help':
      return null;
    case 'action':
      return <SpokenAction />;
  }
}

/** Columns in which no line is broken or cut. */
const unbroken = 2000;

function SpokenAction(): ReactNode {
  const shell = useShell();
  const action = useShellState((state) => state.action);
  useShellState((state) => state.boshVersion);
  if (action === undefined) return null;
  // how long it has taken is not read out every second
  const since = 'since' in action.stage ? action.stage.since : 0;
  const { title, body, end } = actionLines(action, contextOf(shell, action), unbroken, since);
  const said = [title, ...body, ...end].map((line) => textOf(line).trim().replace(/ +/g, ' '));
  return (
    <Text>
      {said
        .filter((line) => line !== '')
        .map(printable)
        .join('\n')}
    </Text>
  );
}

function problemOf(filter: string): string {
  const problem = filterProblem(filter);
  return problem === undefined ? '' : `. ${problem}`;
}

function textOf(segments: readonly Segment[]): string {
  return segments.map(({ text }) => text).join('');
}
