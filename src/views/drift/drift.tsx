import { Box } from 'ink';
import { type ReactNode, useLayoutEffect } from 'react';
import { Blank } from '../../tui/components/blank.tsx';
import { Rule } from '../../tui/components/header.tsx';
import { Line, type Segment } from '../../tui/components/line.tsx';
import { useShell, useShellState, useViewState } from '../../tui/components/shell-context.ts';
import { useNow } from '../../tui/components/use-now.ts';
import { countKinds, type Listed, listedFindings } from '../../tui/findings.ts';
import { open } from '../../tui/history.ts';
import { selectedIndex } from '../../tui/rows.ts';
import { type Shell, sessionOf, viewStateOf } from '../../tui/shell.ts';
import type { ShellState } from '../../tui/state.ts';
import { printable } from '../../tui/text.ts';
import { troubleOf } from '../../tui/trouble.ts';
import type { ViewDefinition, ViewProps } from '../../tui/view.ts';
import { windowTop } from '../../tui/window.ts';
import { agreement, trustSegments } from './compared.ts';
import { findingCommands } from './finding-commands.ts';
import { findingLines, repairLines } from './finding-lines.ts';
import { findingHere, findingRows } from './finding-rows.ts';
import { findingTable } from './finding-table.ts';

/** Where BOSH and Kubernetes differ: the worst first, the selected one in full below. */
export const drift: ViewDefinition = {
  name: 'drift',
  title: 'Drift',
  aliases: ['findings', 'diff'],
  about: 'where BOSH and Kubernetes differ, and what to do',
  key: '6',
  rows: (shell) => findingRows(listedFindings(shell.store.getState())),
  commands: findingCommands,
  enter(shell) {
    const listed = findingHere(shell);
    if (listed !== undefined) open(shell, { view: 'finding', uid: listed.finding.id });
  },
  status,
  spoken,
  Component: DriftView,
};

/** What could not be compared. */
function status(shell: Shell): { readonly text: string; readonly role: 'dim' } | undefined {
  const state = shell.store.getState();
  // a screen without findings has all of it
  const notes = listedFindings(state).length === 0 ? [] : (state.bosh?.drift.notes() ?? []);
  return notes.length === 0 ? undefined : { text: notes.join(' '), role: 'dim' };
}

/** Below that age, in milliseconds, ages are shown in seconds. */
const young = 60_000;

/** Lines of the headline and the titles. */
const above = 2;

function DriftView({ width, height }: ViewProps): ReactNode {
  const shell = useShell();
  const view = useViewState();
  useShellState((one) => one.boshVersion);
  useShellState((one) => one.bosh);
  useShellState((one) => one.ignored);
  useShellState((one) => one.connection);
  useShellState((one) => one.freshness);
  const state = shell.store.getState();
  const listed = listedFindings(state);
  const youngest = Math.max(0, ...listed.map(({ finding }) => finding.since));
  const now = useNow(Date.now() - youngest < young ? 1000 : 15_000);
  const selected = selectedIndex(findingRows(listed), view);
  const one = listed[selected];
  const detail = one === undefined ? [] : [...findingLines(one, width, now), [], ...repairLines(one.finding, width)];
  const room = roomOf(listed.length, detail.length, height);
  useLayoutEffect(() => {
    shell.viewport.height = room;
    shell.viewport.length = listed.length;
  });
  const saying = sayingOf(state);
  if (saying !== undefined) {
    return (
      <Box flexDirection="column" height={height}>
        <Line width={width} segments={[{ text: ' Drift', role: 'heading' }]} right={trustOf(state, now)} />
        <Blank width={width} {...saying} />
      </Box>
    );
  }
  const top = windowTop(view.top, selected, room, listed.length);
  const [titles = [], ...rows] = findingTable(listed.slice(top, top + room), selected - top, width, now);
  const left = height - above - Math.min(room, listed.length) - 1;
  const isCut = detail.length > left;
  return (
    <Box flexDirection="column" height={height}>
      <Line width={width} segments={headline(listed)} right={trustOf(state, now)} />
      <Line width={width} segments={titles} />
      {rows.map((segments, index) => (
        <Line
          key={listed[top + index]?.finding.id}
          width={width}
          segments={segments}
          {...(top + index === selected && { look: 'selected' as const })}
        />
      ))}
      <Rule width={width} />
      {detail.slice(0, isCut ? left - 1 : left).map((segments, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text
        <Line key={index} width={width} segments={segments} />
      ))}
      {isCut ? (
        <Line width={width} segments={[{ text: ' enter shows all of it, and what can be done', role: 'dim' }]} />
      ) : null}
    </Box>
  );
}

/** Lines the list has: as many as it needs while the finding below it can be read. */
function roomOf(findings: number, detail: number, height: number): number {
  const least = Math.min(findings, Math.max(3, Math.floor(height * 0.3)));
  return Math.max(1, least, Math.min(findings, height - above - 1 - detail));
}

function sayingOf(state: ShellState) {
  const trouble = troubleOf(state.connection, state.freshness);
  if (trouble !== undefined) return trouble;
  const session = sessionOf(state);
  if (session === undefined || state.bosh === undefined) {
    return { title: "Reading BOSH's side …", role: 'dim' as const, advice: [] };
  }
  return listedFindings(state).length === 0 ? agreement(state.bosh, session) : undefined;
}

function trustOf(state: ShellState, now: number): readonly Segment[] {
  const session = sessionOf(state);
  return session === undefined || state.bosh === undefined ? [] : trustSegments(state.bosh, session, now);
}

function headline(listed: readonly Listed[]): readonly Segment[] {
  const open = listed.flatMap(({ finding, ignored }) => (ignored === undefined ? [finding] : []));
  const kinds = countKinds(open).length;
  const ignored = listed.length - open.length;
  return [
    { text: ' Drift   ', role: 'heading' },
    {
      text: `${open.length} ${open.length === 1 ? 'finding' : 'findings'} in ${kinds} ${kinds === 1 ? 'kind' : 'kinds'}`,
    },
    { text: ignored === 0 ? '' : `   ${ignored} ignored`, role: 'dim' },
  ];
}

function spoken(shell: Shell): string {
  const state = shell.store.getState();
  const saying = sayingOf(state);
  if (saying !== undefined) return `Drift. ${[saying.title, ...saying.advice].join(' ')}`;
  const listed = listedFindings(state);
  const index = selectedIndex(findingRows(listed), viewStateOf(state));
  const one = listed[index];
  if (one === undefined) return 'Drift';
  const { severity, title, subject, expected, actual } = one.finding;
  const ignored = one.ignored === undefined ? '' : ', ignored';
  return printable(
    `Drift, ${index + 1} of ${listed.length}${ignored}: ${severity}, ${title}, ${subject.label}. BOSH says ${expected}, Kubernetes has ${actual}`,
  );
}
