import type { Cluster } from '../../kubernetes/cluster.ts';
import type { ContainerPlace } from '../../kubernetes/exec-terminal.ts';
import type { LogLine } from '../../kubernetes/log-lines.ts';
import { type FollowState, followLog, readLog } from '../../kubernetes/logs.ts';
import { printable, widthOf } from '../text.ts';
import { followAgentLog } from './agent-log.ts';

/** A line of a log as it can be shown. */
export interface FeedLine {
  readonly time: string;
  /** Without what would steer the terminal. */
  readonly text: string;
  readonly width: number;
}

export type FeedState =
  | FollowState
  | { readonly state: 'opening' }
  /** Nothing comes any more. */
  | { readonly state: 'complete' }
  | { readonly state: 'failed'; readonly reason: string };

/** What a machine writes: its container now, its container before the last restart, and the agent in it. */
export type LogSource = 'container' | 'previous' | 'agent';

/** A log, the end of it in memory. */
export interface LogFeed {
  /** The newest lines; changed in place. */
  readonly lines: readonly FeedLine[];
  /** How many had to go for newer ones. */
  readonly dropped: number;
  readonly state: FeedState;
  readonly paused: boolean;
  /** Counts up with every change. */
  readonly version: number;
  /** While paused nothing is read, so that nothing is lost either. */
  pause(paused: boolean): void;
  /** Somebody reads what came before: no line goes for a newer one, and nothing is read when the memory is full. */
  hold(held: boolean): void;
  /** Calls back after changes, at most about 15 times a second. */
  subscribe(listener: () => void): () => void;
  close(): void;
}

/** Lines kept in memory, and one batch more. */
const longestFeed = 5_000;

/** Lines to begin with. */
const firstTail = 1_000;

const publishMs = 66;

/** Reads a log from near its end on; what goes on is followed. */
export function openLogFeed(cluster: Cluster, place: ContainerPlace, source: LogSource): LogFeed {
  const lines: FeedLine[] = [];
  const listeners = new Set<() => void>();
  const abort = new AbortController();
  const { signal } = abort;
  let dropped = 0;
  let version = 0;
  let state: FeedState = { state: 'opening' };
  let timer: NodeJS.Timeout | undefined;
  let paused = false;
  let held = false;
  let resume: PromiseWithResolvers<void> | undefined;

  function changed(): void {
    version += 1;
    timer ??= setTimeout(() => {
      timer = undefined;
      for (const listener of listeners) listener();
    }, publishMs);
  }

  function onState(next: FeedState): void {
    state = next;
    changed();
  }

  function trim(): void {
    const surplus = Math.max(0, lines.length - longestFeed);
    lines.splice(0, surplus);
    dropped += surplus;
  }

  async function* batchesOf(): AsyncGenerator<readonly LogLine[]> {
    if (source === 'container') yield* followLog(cluster, place, { tail: firstTail, signal, onState });
    if (source === 'previous') yield* readLog(cluster, place, { tail: longestFeed, previous: true, signal });
    if (source !== 'agent') return;
    for await (const batch of followAgentLog(cluster, place, signal)) {
      if (state.state === 'opening') onState({ state: 'following' });
      yield batch;
    }
  }

  async function read(): Promise<void> {
    for await (const batch of batchesOf()) {
      for (const line of batch) lines.push(feedLine(line));
      if (!held) trim();
      changed();
      while (!signal.aborted && (paused || (held && lines.length >= longestFeed))) {
        resume = Promise.withResolvers<void>();
        await resume.promise;
      }
    }
    if (source !== 'container') onState({ state: 'complete' });
  }

  read().catch((error: Error) => {
    if (!signal.aborted) onState({ state: 'failed', reason: error.message });
  });

  return {
    lines,
    get dropped() {
      return dropped;
    },
    get state() {
      return state;
    },
    get version() {
      return version;
    },
    get paused() {
      return paused;
    },
    pause(now) {
      paused = now;
      resume?.resolve();
      changed();
    },
    hold(now) {
      if (held === now) return;
      held = now;
      resume?.resolve();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      abort.abort();
      resume?.resolve();
      clearTimeout(timer);
      listeners.clear();
    },
  };
}

// Colours of a program's output are lost with the rest of its sequences: they were meant for another background.
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
const sequences = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])/g;

function feedLine({ time, text }: LogLine): FeedLine {
  const clean = printable(text.replace(sequences, '').replaceAll('\t', '    '));
  return { time, text: clean, width: widthOf(clean) };
}
