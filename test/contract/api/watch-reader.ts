import type { Cluster } from '../../../src/kubernetes/cluster.ts';
import { type WatchEvent, watchEvents } from '../../../src/kubernetes/watch-events.ts';

export interface WatchedObject {
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly annotations?: Record<string, string>;
    readonly labels?: Record<string, string>;
  };
  readonly code?: number;
  readonly message?: string;
  readonly reason?: string;
}

/** An open watch; `next` waits for the next event, undefined at its end. */
export interface Watch {
  next(): Promise<WatchEvent<WatchedObject> | undefined>;
  /** The events until the object of that name is added, as `TYPE name`, bookmarks left out. */
  until(name: string): Promise<string[]>;
  close(): void;
}

/** Opens a watch. @param path with query, without `watch=1` */
export async function openWatch(cluster: Cluster, path: string): Promise<Watch> {
  const abort = new AbortController();
  const body = await cluster.stream(`${path}${path.includes('?') ? '&' : '?'}watch=1`, {
    timeoutMs: 10_000,
    signal: abort.signal,
  });
  const events = watchEvents<WatchedObject>(body);
  const next = async () => (await events.next()).value as WatchEvent<WatchedObject> | undefined;
  return {
    next,
    async until(name) {
      const seen: string[] = [];
      for (let event = await next(); event !== undefined; event = await next()) {
        if (event.type === 'BOOKMARK') continue;
        if (event.type === 'ADDED' && event.object.metadata.name === name) return seen;
        seen.push(`${event.type} ${event.object.metadata.name}`);
      }
      throw new Error(`the watch ended after ${seen.join(', ')}`);
    },
    close: () => abort.abort(),
  };
}
