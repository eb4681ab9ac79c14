import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import { ApiError, UnreachableError } from './errors.ts';
import type { ContainerPlace } from './exec-terminal.ts';
import { type LogLine, logLines } from './log-lines.ts';
import { logPosition } from './log-position.ts';
import { isRetriableStatus } from './retry.ts';

export interface LogOptions {
  /** Lines from the end to begin with; all when omitted. */
  readonly tail?: number;
  /** No lines older than so many seconds. */
  readonly sinceSeconds?: number;
  /** Of the container's life before its last restart. */
  readonly previous?: boolean;
  readonly signal?: AbortSignal;
}

/** How the following of a log stands. */
export type FollowState =
  | { readonly state: 'following' }
  /** The container's log ended; its next life is waited for. */
  | { readonly state: 'ended' }
  | { readonly state: 'waiting'; readonly reason: string };

export interface FollowLogOptions extends Omit<LogOptions, 'previous'> {
  readonly signal: AbortSignal;
  readonly onState?: (state: FollowState) => void;
  /** Longest silence on one connection, in milliseconds: one that died without a word hides lines no longer than this. 30 s when omitted. */
  readonly silenceMs?: number;
}

const firstPauseMs = 250;
const maxPauseMs = 5_000;

/**
 * The log of a container as it stands, in batches as they arrive; reading slowly holds the server back. A line's control characters are as the container
 * wrote them.
 * @throws ApiError, e.g. 400 while the container has not started; UnreachableError; the socket's error when the connection breaks
 */
export async function* readLog(
  cluster: Cluster,
  place: ContainerPlace,
  options: LogOptions,
): AsyncGenerator<readonly LogLine[]> {
  yield* logLines(await open(cluster, place, options, {}));
}

/**
 * Follows the log of a container over broken connections and restarts of the container, each line once, until the signal is aborted.
 * @throws ApiError when it cannot be followed any more: the pod is gone, or the right is missing
 */
export async function* followLog(
  cluster: Cluster,
  place: ContainerPlace,
  options: FollowLogOptions,
): AsyncGenerator<readonly LogLine[]> {
  const { signal, onState = () => {} } = options;
  const position = logPosition();
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), options.silenceMs ?? 30_000);
    try {
      const either = { ...options, signal: AbortSignal.any([signal, silence.signal]) };
      const body = await open(cluster, place, either, { follow: true, since: position.since });
      onState({ state: 'following' });
      for await (const lines of logLines(body)) {
        timer.refresh();
        pauseMs = firstPauseMs;
        const fresh = position.take(lines);
        if (fresh.length > 0) yield fresh;
      }
      onState({ state: 'ended' });
    } catch (error) {
      if (signal.aborted) return;
      if (!silence.signal.aborted) {
        if (!isPassing(error)) throw error;
        onState({ state: 'waiting', reason: (error as Error).message });
      }
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
    position.restart();
    await pause(pauseMs, signal);
    pauseMs = Math.min(maxPauseMs, pauseMs * 2);
  }
}

function open(
  cluster: Cluster,
  { namespace, pod, container }: ContainerPlace,
  { tail, sinceSeconds, previous, signal }: LogOptions,
  { follow, since }: { readonly follow?: boolean; readonly since?: string | undefined },
): Promise<AsyncIterable<Uint8Array>> {
  const query = new URLSearchParams({ container, timestamps: 'true' });
  if (follow) query.set('follow', 'true');
  if (previous) query.set('previous', 'true');
  // where it was left, not the same tail once more
  if (since !== undefined) query.set('sinceTime', since);
  else if (tail !== undefined) query.set('tailLines', String(tail));
  if (since === undefined && sinceSeconds !== undefined) query.set('sinceSeconds', String(sinceSeconds));
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log?${query}`;
  return cluster.stream(path, signal === undefined ? {} : { signal });
}

/** What time mends: a broken connection, an overloaded server, a container that has not started yet. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiError) {
    if (error.status === 400) return /waiting to start/.test(error.message);
    return isRetriableStatus(error.status);
  }
  return error instanceof UnreachableError || typeof (error as NodeJS.ErrnoException | undefined)?.code === 'string';
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // aborted: the caller looks at the signal
  }
}
