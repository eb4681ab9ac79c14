import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import { type Collection, listPath, watchPath } from './collection.ts';
import { type Page, readEvents, readPage } from './collection-body.ts';
import { ApiError, CredentialError, isGone, UnreachableError } from './errors.ts';
import type { Freshness } from './freshness.ts';
import type { Metadata } from './objects.ts';
import { isRetriableStatus } from './retry.ts';
import { createTally } from './tally.ts';
import { troubleOf } from './trouble.ts';
import { isPassing } from './unreachable.ts';

/** Who is told what a collection holds. Calls must not throw. */
export interface Sink<T> {
  /**
   * What changed, as it comes: a page of a list, or what came over the watch in one go.
   * @param gone UIDs of objects that are no more
   * @param present objects that are there, each in its latest state
   */
  change(gone: readonly string[], present: readonly T[]): void;
  freshness(now: Freshness): void;
}

export interface Reflector {
  /** Lists everything anew, now. What is known stays until it is known to be gone. */
  refresh(): void;
  stop(): void;
}

export interface ReflectorOptions {
  /** Only list, once; true keeps watching. */
  readonly watch: boolean;
  readonly timing?: Partial<ReflectorTiming>;
}

export interface ReflectorTiming {
  /** Objects in a page, the first one or all. */
  readonly pageSize: number;
  /** Objects in a further page, where they come one by one. */
  readonly largePageSize: number;
  /** How long the server is asked to keep a watch, in milliseconds; it sends a bookmark before the end of each. */
  readonly windowMs: number;
  /** Longest silence of a connection, in milliseconds: longer than a window, or it would be no sign of trouble. */
  readonly silenceMs: number;
  /** First and longest pause after trouble, in milliseconds. */
  readonly firstPauseMs: number;
  readonly maxPauseMs: number;
}

/** A socket that died silently is found out within half a minute; a watch that is asked for anew costs the server next to nothing. */
const defaultTiming: ReflectorTiming = {
  pageSize: 500,
  largePageSize: 5000,
  windowMs: 20_000,
  silenceMs: 27_000,
  firstPauseMs: 100,
  maxPauseMs: 10_000,
};

/** Passing failures of a first list in a row that are not yet called a failure. */
const patience = 2;

/** What a call is aborted with when everything is to be listed anew. */
const refreshed = Symbol('refreshed');

/**
 * Keeps a sink in step with a collection of a cluster: lists it in pages, then watches it from the list's resourceVersion on, with bookmarks.
 * A watch that ends or breaks is taken up where it ended; a version that the server no longer knows lists anew. Pauses after trouble grow, with jitter.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export function reflect<T extends Metadata>(
  cluster: Cluster,
  collection: Collection<T>,
  sink: Sink<T>,
  options: ReflectorOptions,
): Reflector {
  const timing = { ...defaultTiming, ...options.timing };
  const tally = createTally<T>();
  /** What is under way: a call, or a pause. */
  let current = new AbortController();
  let stopped = false;
  let freshness: Freshness | undefined;
  /** Where to watch from; undefined when a list is due. */
  let version: string | undefined;
  let failures = 0;
  let listed = false;

  function say(next: Freshness): void {
    freshness = next;
    sink.freshness(next);
  }

  function sayLive(): void {
    if (freshness?.state !== 'live') say({ state: 'live', since: Date.now() });
  }

  async function run(): Promise<void> {
    while (!stopped) {
      try {
        if (version === undefined) version = await listAll();
        // after trouble only an open watch is a sign that all is well again
        if (!listed) sayLive();
        listed = true;
        if (stopped || !options.watch) return;
        await watchOnce(version);
      } catch (error) {
        if (stopped) return;
        if (error === refreshed) version = undefined;
        else await recover(error);
      }
    }
  }

  async function recover(error: unknown): Promise<void> {
    failures++;
    if (!canResume(error)) version = undefined;
    const reason = troubleOf(error, collection.path);
    if (listed) say({ state: 'stale', since: freshness?.state === 'stale' ? freshness.since : Date.now(), reason });
    else if (failures > patience || !mayPass(error)) say({ state: 'failed', reason });
    const growing = Math.min(timing.maxPauseMs, timing.firstPauseMs * 2 ** (failures - 1));
    const ceiling = mayPass(error) ? growing : 3 * timing.maxPauseMs;
    const asked = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    await rest(asked + ceiling * (0.5 + Math.random() / 2));
  }

  async function rest(ms: number): Promise<void> {
    current = new AbortController();
    try {
      await sleep(ms, undefined, { signal: current.signal });
    } catch {
      // stopped, or asked to list now
    }
  }

  /** @returns the version of the list, from which on to watch */
  async function listAll(): Promise<string> {
    tally.startList();
    if (!listed) say({ state: 'syncing', read: 0, about: undefined });
    let read = 0;
    let limit: number | undefined = timing.pageSize;
    let page: Page | undefined;
    for (;;) {
      try {
        page = await askPage(limit, page?.next, (items) => {
          read += items.length;
          sink.change(tally.take(items), items);
        });
      } catch (error) {
        // the list has taken longer than the server keeps its history: as client-go's pager, ask for it in one piece
        if (!isGone(error) || page === undefined || limit === undefined) throw error;
        limit = undefined;
        page = undefined;
        read = 0;
        tally.startList();
        continue;
      }
      // a small page for the first rows; of what is handed on as it comes, larger ones cost the server less
      if (limit !== undefined && page.isStreamed) limit = timing.largePageSize;
      if (page.next === undefined) break;
      const about = page.remaining === undefined ? undefined : read + page.remaining;
      if (!listed) say({ state: 'syncing', read, about });
    }
    const gone = tally.endList();
    if (gone.length > 0) sink.change(gone, []);
    return page.resourceVersion;
  }

  /** @param limit objects in a page; all when undefined */
  function askPage(
    limit: number | undefined,
    token: string | undefined,
    take: (items: readonly T[]) => void,
  ): Promise<Page> {
    const path = listPath(collection, limit, token);
    return ask(path, collection.accept.list, (body) => readPage(body, collection.shape, take));
  }

  /** Watches until the server ends it in good order. @throws what ended it otherwise */
  async function watchOnce(from: string): Promise<void> {
    // spread, so that the watches of one program do not all end together
    const seconds = Math.ceil((timing.windowMs * (0.9 + Math.random() / 5)) / 1000);
    const opened = performance.now();
    let heard = false;
    await ask(watchPath(collection, from, seconds), collection.accept.watch, async (body) => {
      sayLive();
      for await (const batch of readEvents(body, collection.shape)) {
        heard ||= batch.length > 0;
        if (heard) failures = 0;
        const { gone, present, version: reached, end } = tally.takeEvents(batch);
        version = reached ?? version;
        if (gone.length + present.length > 0) sink.change(gone, present);
        if (end !== undefined) throw end;
      }
    });
    const isShort = performance.now() - opened < timing.windowMs / 4;
    if (isShort && !heard) {
      throw new UnreachableError('ENDED', cluster.server, `${cluster.server} ends every watch at once`);
    }
    failures = 0;
    // something in between may end every answer early, which must not make us ask without a pause
    if (isShort) await rest(timing.firstPauseMs);
  }

  /** One call, given up when its connection is silent for too long. */
  async function ask<R>(
    path: string,
    accept: string,
    read: (body: AsyncIterable<Uint8Array>) => Promise<R>,
  ): Promise<R> {
    const call = new AbortController();
    current = call;
    const silence = setTimeout(() => {
      const message = `${cluster.server} has sent nothing for ${Math.round(timing.silenceMs / 1000)} s`;
      call.abort(new UnreachableError('SILENT', cluster.server, message));
    }, timing.silenceMs);
    async function* audible(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of body) {
        silence.refresh();
        yield chunk;
      }
    }
    try {
      const body = await cluster.stream(path, { accept, signal: call.signal });
      silence.refresh();
      return await read(audible(body));
    } catch (error) {
      throw call.signal.aborted ? call.signal.reason : error;
    } finally {
      clearTimeout(silence);
    }
  }

  void run();
  return {
    refresh() {
      version = undefined;
      current.abort(refreshed);
    },
    stop() {
      stopped = true;
      current.abort(refreshed);
    },
  };
}

/** Whether a watch can be taken up where it broke. */
function canResume(error: unknown): boolean {
  // 504 is also the answer to a version from the future: the server was restored from a backup
  if (error instanceof ApiError) return isRetriableStatus(error.status) && error.status !== 504;
  return mayPass(error);
}

/** Whether time alone may mend it. */
function mayPass(error: unknown): boolean {
  if (error instanceof ApiError) return isRetriableStatus(error.status) || error.status === 410;
  if (error instanceof UnreachableError) return isPassing(error);
  return !(error instanceof CredentialError || error instanceof SyntaxError);
}
