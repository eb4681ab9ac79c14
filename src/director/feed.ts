import { delayMs } from '../kubernetes/retry.ts';
import type { DirectorClient } from './client.ts';
import { createDue } from './due.ts';
import { isDenied, isMissing } from './errors.ts';
import { createLedger, type Listings } from './ledger.ts';
import type { DirectorFeed, DirectorTask, Freshness } from './model.ts';
import { inParallel } from './parallel.ts';
import { createPause } from './pause.ts';

/** How often a Director is asked, in milliseconds. */
export interface FeedIntervals {
  /** Between two readings of the listings. */
  readonly listingsMs: number;
  /** Between two looks at tasks and locks while a task runs. */
  readonly busyMs: number;
  /** Every deployment's instances are read at least this often, though no task was seen to change them. */
  readonly oldestMs: number;
  /** Pause after the first failure; doubled for each further one, with jitter, up to three times `listingsMs`. */
  readonly retryMs: number;
}

const usual: FeedIntervals = { listingsMs: 10_000, busyMs: 2_000, oldestMs: 300_000, retryMs: 1_000 };

/** Requests at the same time, so that a Director with many deployments still answers others. */
const atOnce = 4;

/**
 * Keeps reading a Director until it is closed: seven requests each ten seconds, and the instances of those deployments that a task may have changed; of the
 * others a thirtieth each time. What the user may not read is asked for once.
 */
export function startDirectorFeed(client: DirectorClient, options: Partial<FeedIntervals> = {}): DirectorFeed {
  const intervals = { ...usual, ...options };
  const { listingsMs, busyMs, oldestMs, retryMs } = intervals;
  const listeners = new Set<() => void>();
  const closing = new AbortController();
  const { signal } = closing;
  const pause = createPause();
  const due = createDue();
  /** What the user may not read, or the Director does not have. */
  const refused = new Set<string>();
  const scanning = new Map<string, Promise<void>>();
  let version = 0;
  let listingsAt = 0;
  let named = false;
  const ledger = createLedger(() => {
    version += 1;
    for (const listener of listeners) listener();
  });

  async function allowed<T>(name: string, read: () => Promise<T>): Promise<T | undefined> {
    if (refused.has(name)) return undefined;
    try {
      return await read();
    } catch (error) {
      if (!isDenied(error) && !isMissing(error)) throw error;
      refused.add(name);
      return undefined;
    }
  }

  async function round(): Promise<void> {
    if (!named) ledger.take({ info: await client.info(signal) });
    named = true;
    const isFull = Date.now() >= listingsAt;
    const [current = [], recent, locks] = await Promise.all([
      allowed('tasks', () => client.tasks(signal)),
      isFull ? allowed('recent', () => client.recentTasks(30, signal)) : undefined,
      allowed('locks', () => client.locks(signal)),
    ]);
    const hasEnded = due.tasks(current.filter(changes), recent?.filter(changes), ledger.view().instances);
    const news = { tasks: current.filter(changes), locks, ...(isFull || hasEnded ? await listings() : {}) };
    const names = (news.deployments ?? ledger.view().deployments).map(({ name }) => name);
    await readInstances(due.next(names, isFull ? Math.min(1, listingsMs / oldestMs) : 0), news);
    if (isFull) listingsAt = Date.now() + listingsMs;
    const { freshness } = ledger.view();
    // what is known now is said at once: a task that is over and what it changed belong together
    ledger.take({ ...news, freshness: freshness.state === 'live' ? freshness : { state: 'live', since: Date.now() } });
  }

  async function listings(): Promise<Pick<Listings, 'deployments' | 'orphanDisks' | 'orphanVms'>> {
    const [deployments, orphanDisks, orphanVms] = await Promise.all([
      client.deployments(signal),
      allowed('orphan disks', () => client.orphanDisks(signal)),
      allowed('orphan VMs', () => client.orphanVms(signal)),
    ]);
    return { deployments, orphanDisks, orphanVms };
  }

  async function readInstances(names: readonly string[], news: Partial<Listings>): Promise<void> {
    const isFirst = ledger.view().freshness.state === 'syncing';
    let read = 0;
    await inParallel(names, atOnce, async (name) => {
      try {
        ledger.takeInstances(name, await client.instances(name, signal));
      } catch (error) {
        // deleted, or taken from our team, since it was listed
        if (!isDenied(error) && !isMissing(error)) throw error;
      }
      due.read(name);
      read += 1;
      if (isFirst) ledger.take({ ...news, freshness: { state: 'syncing', read, about: names.length } });
    });
  }

  async function run(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        await round();
        failures = 0;
        const untilListings = listingsAt - Date.now();
        await pause.wait(ledger.view().tasks.length > 0 ? Math.min(busyMs, untilListings) : untilListings);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        named = false;
        ledger.take({ freshness: troubled(ledger.view().freshness, error) });
        const policy = { attempts: 0, totalMs: 0, firstDelayMs: retryMs, maxDelayMs: 3 * listingsMs };
        await pause.wait(delayMs(policy, failures));
      }
    }
  }

  function scanOne(deployment: string): Promise<void> {
    const running =
      scanning.get(deployment) ??
      client
        .scan(deployment, signal)
        .then((scanned) => ledger.takeScan(deployment, scanned))
        .finally(() => scanning.delete(deployment));
    scanning.set(deployment, running);
    return running;
  }

  void run();

  return {
    view: ledger.view,
    version: () => version,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    refresh() {
      refused.clear();
      due.all();
      listingsAt = 0;
      pause.end();
    },
    async scan(deployment) {
      if (deployment !== undefined) return await scanOne(deployment);
      const names = (await client.deployments(signal)).map(({ name }) => name);
      // each asks all its agents already
      await inParallel(names, 2, scanOne);
    },
    close() {
      closing.abort();
      pause.end();
      listeners.clear();
    },
  };
}

/** A scan, ours or another's, only asks agents: it is no reason to look again, and none to wait with anything. */
function changes({ description }: DirectorTask): boolean {
  return description !== 'retrieve vm-stats';
}

function troubled(freshness: Freshness, error: unknown): Freshness {
  const reason = error instanceof Error ? error.message : String(error);
  if (freshness.state === 'stale') return { ...freshness, reason };
  return freshness.state === 'live' ? { state: 'stale', since: Date.now(), reason } : { state: 'failed', reason };
}
