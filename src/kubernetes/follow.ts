import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import { ApiError, UnreachableError } from './errors.ts';
import { isRetriableStatus } from './retry.ts';
import { watchEvents } from './watch-events.ts';

/** What `follow` waited for did not come about in time. */
export class FollowTimeout<T = unknown> extends Error {
  override readonly name: string = 'FollowTimeout';
  /** The object as last seen; undefined when it did not exist. */
  readonly last: T | undefined;

  constructor(path: string, name: string, timeoutMs: number, last: T | undefined) {
    super(`gave up on ${path}/${name} after ${Math.round(timeoutMs / 1000)} s`);
    this.last = last;
  }
}

export interface FollowOptions<T, R> {
  /** Bound of the whole wait in milliseconds. */
  readonly timeoutMs: number;
  /** The object as just read or written: the first watch goes on from there, and there is nothing to list. */
  readonly known?: Known<T>;
  /** Given the object, or undefined when it does not exist; anything but undefined ends the wait. May throw. */
  readonly decide: (object: T | undefined) => R | undefined | Promise<R | undefined>;
}

/** The state of an object at a resourceVersion. */
export interface Known<T> {
  readonly object: T | undefined;
  readonly resourceVersion: string;
}

/** Longest time on one watch in milliseconds: a connection that died silently hides changes no longer than this. */
const windowMs = 30_000;

/** What the server gets beyond the window to end the watch itself, in milliseconds. */
const graceMs = 5_000;

const firstPauseMs = 100;
const maxPauseMs = 5_000;

/**
 * Follows one object until `decide` gives an answer: list, unless its state is known, then watch from that resourceVersion. A stream that
 * closes, breaks or says 410 lists again, with a growing pause while nothing is learnt from it.
 * Dates in the object are strings. Throws FollowTimeout; ApiError when list or watch is refused; UnreachableError
 * when the list fails for as long as one call may take; what `decide` throws.
 * @param collection path of the collection, e.g. `/api/v1/namespaces/bosh/pods`
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export async function follow<T, R>(
  cluster: Cluster,
  collection: { readonly path: string },
  name: string,
  options: FollowOptions<T, R>,
): Promise<R> {
  const deadline = Date.now() + options.timeoutMs;
  const fieldSelector = `metadata.name=${name}`;
  let pauseMs = firstPauseMs;
  let { known } = options;
  for (;;) {
    const { object: first, resourceVersion } = known ?? (await listOne<T>(cluster, collection.path, fieldSelector));
    known = undefined;
    const started = performance.now();
    let last = first;
    const decided = await options.decide(last);
    if (decided !== undefined) return decided;
    for await (const object of watchOnce<T>(cluster, collection.path, fieldSelector, resourceVersion, deadline)) {
      pauseMs = firstPauseMs;
      last = object;
      const answer = await options.decide(last);
      if (answer !== undefined) return answer;
    }
    // Only streams that end at once are answered with patience; one that lived, e.g. its whole window, is followed on.
    if (performance.now() - started > maxPauseMs) pauseMs = firstPauseMs;
    const left = deadline - Date.now();
    if (left <= 0) throw new FollowTimeout(collection.path, name, options.timeoutMs, last);
    await sleep(Math.min(left, pauseMs * (0.5 + Math.random() / 2)));
    pauseMs = Math.min(maxPauseMs, pauseMs * 2);
  }
}

interface Listed<T> {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly items?: readonly T[];
}

async function listOne<T>(cluster: Cluster, path: string, fieldSelector: string): Promise<Known<T>> {
  const list = await cluster.json<Listed<T>>({ method: 'GET', path, query: { fieldSelector } });
  return { object: list.items?.[0], resourceVersion: list.metadata?.resourceVersion ?? '' };
}

/** Gives each state of the object, undefined when it was deleted, until the stream ends for whatever passing reason. */
async function* watchOnce<T>(
  cluster: Cluster,
  path: string,
  fieldSelector: string,
  resourceVersion: string,
  deadline: number,
): AsyncGenerator<T | undefined> {
  const spanMs = Math.min(windowMs, deadline - Date.now());
  if (spanMs <= 0) return;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), Math.min(spanMs + graceMs, deadline - Date.now()));
  const query = new URLSearchParams({
    fieldSelector,
    resourceVersion,
    watch: 'true',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(Math.ceil(spanMs / 1000)),
  });
  try {
    const body = await cluster.stream(`${path}?${query}`, { timeoutMs: spanMs, signal: abort.signal });
    for await (const event of watchEvents<T>(body)) {
      // The Status of an ERROR is a 410 as a rule; whatever it is, listing again tells the truth.
      if (event.type === 'ERROR') return;
      if (event.type !== 'BOOKMARK') yield event.type === 'DELETED' ? undefined : event.object;
    }
  } catch (error) {
    if (!abort.signal.aborted && !isPassingFailure(error)) throw error;
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

/** A stream that broke, was cut inside an event, or was refused for now. */
function isPassingFailure(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 410 || isRetriableStatus(error.status);
  if (error instanceof UnreachableError || error instanceof SyntaxError) return true;
  return typeof (error as NodeJS.ErrnoException | undefined)?.code === 'string';
}
