import { Box } from 'ink';
import type { ReactNode } from 'react';
import type { Severity } from '../../drift/model.ts';
import type { Freshness } from '../../inventory/model.ts';
import { healthCounts } from '../counts.ts';
import { openFindings } from '../findings.ts';
import type { DirectorLink } from '../session.ts';
import { type Shell, sessionOf } from '../shell.ts';
import type { Connection } from '../state.ts';
import { widthOf } from '../text.ts';
import type { Role } from '../theme.ts';
import { Line, type Segment } from './line.tsx';
import { useShell, useShellState } from './shell-context.ts';
import { useNow } from './use-now.ts';

/** Where we are, whether that may be changed, what needs a person, and how far it can be trusted. */
export function Header({ width }: { readonly width: number }): ReactNode {
  const connection = useShellState((state) => state.connection);
  const readonly = useShellState((state) => state.readonly);
  const demo = useShellState((state) => state.demo);
  const where: Segment[] = [{ text: ' kubernetes-cpi', role: 'heading' }, { text: '   ' }, ...placeOf(connection)];
  if (demo) where.push({ text: '  ' }, { text: ' DEMO ', role: 'badge' });
  if (readonly) where.push({ text: '  ' }, { text: ' READ-ONLY ', role: 'warning-badge' });
  const counts = useCounts();
  const freshness = [...useFreshness(), { text: ' ' }];
  const left = width - widthOfAll([...where, ...counts, ...freshness]) - 3 - leastGap;
  const director = useDirector(left - 3);
  if (director.length > 0) where.push({ text: '   ' }, ...director);
  return (
    <Box flexDirection="column">
      <Line width={width} segments={[...where, { text: '   ' }, ...counts]} right={freshness} />
      <Rule width={width} />
    </Box>
  );
}

/** A line across the screen. */
export function Rule({ width }: { readonly width: number }): ReactNode {
  return <Line width={width} look="rule" segments={[{ text: '─'.repeat(width) }]} />;
}

/** Columns between what is on the left and on the right. */
const leastGap = 2;

function widthOfAll(segments: readonly Segment[]): number {
  return segments.reduce((sum, { text }) => sum + widthOf(text), 0);
}

/** The Director in as many words as there is room for. */
function useDirector(room: number): readonly Segment[] {
  const link = useShellState((state) => state.bosh?.director);
  useShellState((state) => state.boshVersion);
  const stale = link?.state === 'there' && link.feed.view().freshness.state === 'stale';
  const now = useNow(stale ? 1000 : undefined);
  return directorSegments(link, now).find((segments) => widthOfAll(segments) <= room) ?? [];
}

/**
 * What is said of a Director: who it is, and how far it can be trusted; from many words to few. None where there is nothing to say.
 * @param now milliseconds since 1970
 */
export function directorSegments(link: DirectorLink | undefined, now: number): readonly (readonly Segment[])[] {
  if (link === undefined || link.state === 'none') return [];
  const title: Segment = { text: 'Director ', role: 'dim' };
  const short: Segment = { text: 'BOSH ', role: 'dim' };
  if (link.state === 'broken') return [[title, { text: 'not set up ✗', role: 'problem' }]];
  const { info, freshness } = link.feed.view();
  const name: Segment[] = info === undefined ? [] : [{ text: `${info.name} `, role: 'accent' }];
  const trust = trustSegment(freshness, info !== undefined, now);
  const version: Segment[] = info === undefined ? [] : [{ text: ` ${info.version.replace(/ .*/, '')}`, role: 'dim' }];
  return [
    [title, ...name, trust, ...version],
    [title, ...name, trust],
    [short, ...name, trust],
    [short, trust],
  ];
}

/** @param isKnown whether it has said who it is, which it tells everybody: then it is us that it refuses */
function trustSegment(freshness: Freshness, isKnown: boolean, now: number): Segment {
  switch (freshness.state) {
    case 'live':
      return { text: '✓', role: 'good' };
    case 'syncing':
      return { text: '…', role: 'busy' };
    case 'stale':
      return { text: `stale ${duration(now - freshness.since)}`, role: 'problem' };
    case 'failed':
      return { text: isKnown ? 'refused ✗' : 'no answer ✗', role: 'problem' };
  }
}

function placeOf(connection: Connection): readonly Segment[] {
  if (connection.state !== 'connected') return [{ text: '–', role: 'dim' }];
  const { context, namespace } = connection.session;
  return [
    { text: context, role: 'accent' },
    { text: ' · ', role: 'dim' },
    { text: namespace ?? 'all namespaces', role: 'accent' },
  ];
}

function useCounts(): readonly Segment[] {
  const shell = useShell();
  useShellState((state) => state.versions.machines);
  useShellState((state) => state.versions.disks);
  useShellState((state) => state.boshVersion);
  useShellState((state) => state.ignored);
  return countSegments(shell);
}

/** How a severity is drawn: red is for what needs a person now. */
export const severityRoles: Readonly<Record<Severity, Role>> = { high: 'problem', medium: 'busy', low: 'dim' };

/** How many machines and disks need a person, how many are under way, and in how many things BOSH and Kubernetes differ. */
export function countSegments(shell: Shell): readonly Segment[] {
  const state = shell.store.getState();
  const session = sessionOf(state);
  if (session === undefined) return [];
  const { problem, busy } = healthCounts(session.inventory);
  const counts: Segment[] = [];
  if (problem > 0) {
    counts.push({ text: `${problem.toLocaleString('en')} ${problem === 1 ? 'problem' : 'problems'}`, role: 'problem' });
  }
  if (problem > 0 && busy > 0) counts.push({ text: ' · ', role: 'dim' });
  if (busy > 0) counts.push({ text: `${busy.toLocaleString('en')} busy`, role: 'busy' });
  const findings = openFindings(state);
  if (findings.length === 0) return counts;
  if (counts.length > 0) counts.push({ text: ' · ', role: 'dim' });
  const role = severityRoles[findings[0]?.severity ?? 'low'];
  return [...counts, { text: `${findings.length.toLocaleString('en')} drift`, role }];
}

function useFreshness(): readonly Segment[] {
  const connection = useShellState((state) => state.connection.state);
  const freshness = useShellState((state) => state.freshness);
  const now = useNow(freshness.state === 'stale' ? 1000 : undefined);
  if (connection === 'connecting') return [{ text: 'connecting ○', role: 'busy' }];
  if (connection === 'failed') return [{ text: 'no cluster ✗', role: 'problem' }];
  return [freshnessSegment(freshness, now)];
}

/** How far what is shown can be trusted, in a word or two. */
export function freshnessSegment(freshness: Freshness, now: number): Segment {
  switch (freshness.state) {
    case 'live':
      return { text: 'live ●', role: 'good' };
    case 'syncing': {
      const about = freshness.about === undefined ? '' : ` of about ${freshness.about.toLocaleString('en')}`;
      return { text: `syncing ${freshness.read.toLocaleString('en')}${about} ○`, role: 'busy' };
    }
    case 'stale':
      return { text: `stale ${duration(now - freshness.since)} ○`, role: 'problem' };
    case 'failed':
      return { text: 'cannot read ✗', role: 'problem' };
  }
}

function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds}s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)}m` : `${Math.floor(seconds / 3600)}h`;
}
