import { delayMs } from '../kubernetes/retry.ts';
import type { DirectorClient } from './client.ts';
import { createLedger } from './ledger.ts';
import type { DirectorFeed, Freshness } from './model.ts';
import { inParallel } from './parallel.ts';
import { createPause } from './pause.ts';
import { createReader } from './reader.ts';

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

/** Deployments that are scanned at the same time: each asks all its agents already. */
const scansAtOnce = 2;

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
  const scanning = new Map<string, Promise<void>>();
  /** Deployments whose agents somebody asked for. */
  const wanted = new Set<string>();
  let version = 0;
  let listingsAt = 0;
  const ledger = createLedger(() => {
    version += 1;
    for (const listener of listeners) listener();
  });
  const reader = createReader(client, ledger, signal);

  async function run(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        const isFull = Date.now() >= listingsAt;
        // before the round, so that a `refresh` meanwhile counts
        if (isFull) listingsAt = Date.now() + listingsMs;
        scanAgain(await reader.round(isFull ? Math.min(1, listingsMs / oldestMs) : undefined));
        failures = 0;
        const untilListings = listingsAt - Date.now();
        await pause.wait(ledger.view().tasks.length > 0 ? Math.min(busyMs, untilListings) : untilListings);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        listingsAt = 0;
        reader.forgetInfo();
        ledger.take({ freshness: troubled(ledger.view().freshness, error) });
        const policy = { attempts: 0, totalMs: 0, firstDelayMs: retryMs, maxDelayMs: 3 * listingsMs };
        await pause.wait(delayMs(policy, failures));
      }
    }
  }

  /** What a task has changed, agents know: who asked for them once should not be left with what they said before. */
  function scanAgain(deployments: readonly string[]): void {
    for (const name of deployments) if (wanted.has(name)) void scanOne(name).catch(() => undefined);
  }

  function scanOne(deployment: string): Promise<void> {
    wanted.add(deployment);
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
      reader.forget();
      listingsAt = 0;
      pause.end();
    },
    async scan(deployment) {
      if (deployment !== undefined) return await scanOne(deployment);
      const names = (await client.deployments(signal)).map(({ name }) => name);
      await inParallel(names, scansAtOnce, scanOne);
    },
    close() {
      closing.abort();
      pause.end();
      listeners.clear();
    },
  };
}

function troubled(freshness: Freshness, error: unknown): Freshness {
  const reason = error instanceof Error ? error.message : String(error);
  if (freshness.state === 'stale') return { ...freshness, reason };
  return freshness.state === 'live' ? { state: 'stale', since: Date.now(), reason } : { state: 'failed', reason };
}
