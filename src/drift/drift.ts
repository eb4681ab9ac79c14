import type { DirectorFeed } from '../director/model.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { createComparison } from './comparison.ts';
import type { Finding } from './model.ts';

/** Where BOSH and Kubernetes disagree, kept up to date until it is closed. */
export interface Drift {
  /** The worst first; always the same order for the same findings. The same object for as long as a finding says the same. */
  findings(): readonly Finding[];
  /** What could not be known, a sentence each. */
  notes(): readonly string[];
  /** Counts up with every change of findings or notes. */
  version(): number;
  /** Until when (milliseconds since 1970) something is watched that may be passing; undefined: all that is known now is told. */
  watching(): number | undefined;
  /** @returns ends it */
  subscribe(listener: () => void): () => void;
  close(): void;
}

export interface DriftOptions {
  /** The one the inventory reads; undefined when it reads all. */
  readonly namespace: string | undefined;
}

/** The Director is asked out of its turn this often at most, in milliseconds. */
const askMs = 1000;

/**
 * Compares what a Director believes with what a cluster has. Only what a change has touched is looked at again.
 * @param feed undefined without a Director: then records and annotations are all there is to compare with
 */
export function createDrift(inventory: Inventory, feed: DirectorFeed | undefined, options: DriftOptions): Drift {
  const comparison = createComparison(options.namespace);
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  let version = 0;
  let suspected = 0;
  let askedAt = 0;

  function look(): void {
    clearTimeout(timer);
    const now = Date.now();
    const isChanged = comparison.look({
      now,
      subjects: inventory.subjects,
      freshness: inventory.freshness(),
      collections: inventory.collections(),
      view: feed?.view(),
    });
    const due = comparison.due();
    if (due !== undefined) timer = setTimeout(look, Math.max(50, due - now));
    ask(now);
    if (!isChanged) return;
    version++;
    for (const listener of [...listeners]) listener();
  }

  /** A suspicion that is new is held against what the Director says now, not against its last listing: a task may have begun meanwhile. */
  function ask(now: number): void {
    const until = comparison.watching();
    if (until === undefined || until <= suspected || now < askedAt + askMs) return;
    suspected = until;
    askedAt = now;
    feed?.refresh();
  }

  const ends = [
    inventory.subjects.follow((touched) => comparison.touch(touched)),
    inventory.subscribe(look),
    feed?.subscribe(look),
  ];
  look();

  return {
    findings: comparison.findings,
    notes: comparison.notes,
    version: () => version,
    watching: comparison.watching,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      clearTimeout(timer);
      for (const end of ends) end?.();
      listeners.clear();
    },
  };
}
