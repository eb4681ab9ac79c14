import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import { ApiError, UnreachableError } from './errors.ts';
import { type WatchEvent, watchEvents } from './watch-events.ts';

/** What `follow` waited for did not come about in time. */
export class FollowTimeout<T> extends Error {
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
  /** Given the object, or undefined when it does not exist; anything but undefined ends the wait. */
  readonly decide: (object: T | undefined) => R | undefined | Promise<R | undefined>;
  readonly signal?: AbortSignal;
}

interface Listed<T> {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly items?: readonly T[];
}

/**
 * Follows one object until `decide` gives an answer: list, then watch from the list's resourceVersion with bookmarks;
 * a closed stream, a 410 or a reset lists again, with a growing pause when nothing was learnt.
 * Dates in the object are strings. Throws FollowTimeout, and ApiError when the list is refused.
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
  let last: T | undefined;
  let quiet = 0;
  for (;;) {
    const list = await cluster.json<Listed<T>>({ method: 'GET', path: collection.path, query: { fieldSelector } });
    last = list.items?.[0];
    const decided = await options.decide(last);
    if (decided !== undefined) return decided;
    const left = deadline - Date.now();
    if (left <= 0) throw new FollowTimeout(collection.path, name, options.timeoutMs, last);
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), left);
    const query = new URLSearchParams({
      fieldSelector,
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: list.metadata?.resourceVersion ?? '',
      timeoutSeconds: String(Math.ceil(left / 1000)),
    });
    try {
      const body = await cluster.stream(`${collection.path}?${query}`, { timeoutMs: left, signal: abort.signal });
      for await (const event of watchEvents<T>(body)) {
        if (event.type === 'ERROR') break;
        if (event.type === 'BOOKMARK') continue;
        quiet = 0;
        last = event.type === 'DELETED' ? undefined : (event as WatchEvent<T>).object;
        const answer = await options.decide(last);
        if (answer !== undefined) return answer;
      }
    } catch (error) {
      if (error instanceof ApiError && error.status !== 410 && error.status < 429) throw error;
      if (!(error instanceof ApiError || error instanceof UnreachableError) && !isBroken(error)) throw error;
    } finally {
      clearTimeout(timer);
      abort.abort();
    }
    if (Date.now() >= deadline) throw new FollowTimeout(collection.path, name, options.timeoutMs, last);
    await sleep(Math.min(deadline - Date.now(), 100 * 2 ** Math.min(quiet++, 6)));
  }
}

function isBroken(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException | undefined)?.code === 'string';
}
