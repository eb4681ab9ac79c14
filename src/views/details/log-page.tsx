import { Box } from 'ink';
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { agentContainer } from '../../bosh/labels.ts';
import type { Machine } from '../../inventory/model.ts';
import { Line, type Segment } from '../../tui/components/line.tsx';
import { useShell, useViewState } from '../../tui/components/shell-context.ts';
import {
  type FeedLine,
  type FeedState,
  type LogFeed,
  type LogSource,
  openLogFeed,
} from '../../tui/machine-io/log-feed.ts';
import type { Session } from '../../tui/session.ts';
import { changeView, type Shell } from '../../tui/shell.ts';
import { hardWrap } from '../../tui/text.ts';
import type { ViewProps } from '../../tui/view.ts';
import { type Lines, Scroll } from './scroll.tsx';

interface LogPageProps extends ViewProps {
  readonly session: Session;
  readonly row: Machine;
  readonly source: LogSource;
}

/** How an operator wants logs; for all machines, until the console is left. */
interface LogLook {
  readonly wrap: boolean;
  readonly times: boolean;
}

const looks = new WeakMap<Shell, LogLook>();
const feeds = new WeakMap<Shell, LogFeed>();

function lookOf(shell: Shell): LogLook {
  return looks.get(shell) ?? { wrap: true, times: false };
}

/** A log of a machine, followed. */
export function LogPage({ session, row, source, width, height }: LogPageProps): ReactNode {
  const shell = useShell();
  useViewState();
  const feed = useFeed(session, row, source);
  useSyncExternalStore(feed?.subscribe ?? noFeed, () => feed?.version);
  const look = lookOf(shell);
  const lines = feed === undefined ? [] : feed.lines;
  return (
    <Box flexDirection="column" height={height}>
      <Scroll
        lines={displayLines(lines, look, width - 2)}
        width={width}
        height={height - 1}
        tail
        onEnd={(isAtEnd) => feed?.hold(!isAtEnd)}
      />
      <Line width={width} segments={[{ text: ' ' }, ...statusOf(feed, look)]} />
    </Box>
  );
}

function noFeed(): () => void {
  return () => {};
}

function useFeed({ cluster }: Session, { namespace, name, uid }: Machine, source: LogSource): LogFeed | undefined {
  const shell = useShell();
  const [feed, setFeed] = useState<LogFeed>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a machine made anew, of another UID, has another log
  useEffect(() => {
    const opened = openLogFeed(cluster, { namespace, pod: name, container: agentContainer }, source);
    feeds.set(shell, opened);
    setFeed(opened);
    return () => {
      feeds.delete(shell);
      opened.close();
    };
  }, [shell, cluster, namespace, name, uid, source]);
  return feed;
}

/** What is on the screen of a log; only visible lines are cut and padded. */
function displayLines(lines: readonly FeedLine[], { wrap, times }: LogLook, width: number): Lines {
  const textOf = ({ time, text }: FeedLine) =>
    times && time !== '' ? `${time.slice(11, 23).padEnd(12, '0')} ${text}` : text;
  if (!wrap) {
    const line = (index: number) => lines[index];
    return {
      length: lines.length,
      at: (index) => [{ text: textOf(line(index) ?? noLine) }],
      textAt: (index) => line(index)?.text ?? '',
    };
  }
  // where each line begins on the screen
  const starts = new Uint32Array(lines.length + 1);
  for (const [index, line] of lines.entries()) {
    const own = line.width + (times && line.time !== '' ? 13 : 0);
    starts[index + 1] = (starts[index] ?? 0) + Math.max(1, Math.ceil(own / width));
  }
  const partAt = (row: number) => {
    const index = lineAt(starts, row);
    return hardWrap(textOf(lines[index] ?? noLine), width)[row - (starts[index] ?? 0)] ?? '';
  };
  return {
    length: starts[lines.length] ?? 0,
    at: (row) => [{ text: partAt(row) }],
    textAt: partAt,
  };
}

const noLine: FeedLine = { time: '', text: '', width: 0 };

/** The line that a row of the screen is of. */
function lineAt(starts: Uint32Array, row: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high - 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= row) low = middle;
    else high = middle;
  }
  return low;
}

function statusOf(feed: LogFeed | undefined, { wrap, times }: LogLook): readonly Segment[] {
  if (feed === undefined) return [];
  const count = `${feed.lines.length.toLocaleString('en')} ${feed.lines.length === 1 ? 'line' : 'lines'}${feed.dropped > 0 ? ', older ones are gone' : ''}`;
  const looks = [wrap ? 'wrapped' : 'cut', ...(times ? ['with times, UTC'] : [])].join(', ');
  return [stateSegment(feed.state, feed.paused), { text: `   ${count}   ${looks}`, role: 'dim' }];
}

function stateSegment(state: FeedState, paused: boolean): Segment {
  if (paused) return { text: 'paused: f goes on', role: 'busy' };
  switch (state.state) {
    case 'opening':
      return { text: 'opening the log …', role: 'busy' };
    case 'following':
      return { text: 'following ●', role: 'good' };
    case 'ended':
      return { text: 'the container ended; waiting for its next life', role: 'busy' };
    case 'waiting':
      return { text: `waiting: ${state.reason}`, role: 'busy' };
    case 'complete':
      return { text: 'this is the end of it', role: 'dim' };
    case 'failed':
      return { text: state.reason, role: 'problem' };
  }
}

/** Turns a part of the look of logs over. */
export function toggleLook(shell: Shell, part: keyof LogLook): void {
  const look = lookOf(shell);
  looks.set(shell, { ...look, [part]: !look[part] });
  changeView(shell, {});
}

/** Stops reading the log on the screen, or goes on. */
export function togglePause(shell: Shell): void {
  const feed = feeds.get(shell);
  feed?.pause(!feed.paused);
  changeView(shell, {});
}
