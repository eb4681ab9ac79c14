import { Box } from 'ink';
import type { ReactNode } from 'react';
import type { Freshness } from '../../inventory/model.ts';
import { healthCounts } from '../counts.ts';
import { type Shell, sessionOf } from '../shell.ts';
import type { Connection } from '../state.ts';
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
  return (
    <Box flexDirection="column">
      <Line
        width={width}
        segments={[...where, { text: '   ' }, ...useCounts()]}
        right={[...useFreshness(), { text: ' ' }]}
      />
      <Rule width={width} />
    </Box>
  );
}

/** A line across the screen. */
export function Rule({ width }: { readonly width: number }): ReactNode {
  return <Line width={width} look="rule" segments={[{ text: '─'.repeat(width) }]} />;
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
  return countSegments(shell);
}

/** How many machines and disks need a person, and how many are under way. */
export function countSegments(shell: Shell): readonly Segment[] {
  const session = sessionOf(shell.store.getState());
  if (session === undefined) return [];
  const { problem, busy } = healthCounts(session.inventory);
  const counts: Segment[] = [];
  if (problem > 0) {
    counts.push({ text: `${problem.toLocaleString('en')} ${problem === 1 ? 'problem' : 'problems'}`, role: 'problem' });
  }
  if (problem > 0 && busy > 0) counts.push({ text: ' · ', role: 'dim' });
  if (busy > 0) counts.push({ text: `${busy.toLocaleString('en')} busy`, role: 'busy' });
  return counts;
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
