import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../kubernetes/cluster.ts';
import { watchEvents } from '../../kubernetes/watch-events.ts';
import type { ApiObject } from '../api/object.ts';

/** A local copy of a collection, kept up to date by list and watch. */
export interface Informer {
  get(namespace: string, name: string): ApiObject | undefined;
  list(): ApiObject[];
  stop(): void;
}

export interface InformerOptions {
  readonly fieldSelector?: string;
  /** Called for every object first seen, changed or gone (`current` undefined). */
  readonly onChange?: (current: ApiObject | undefined, previous: ApiObject | undefined) => void;
}

interface List {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: ApiObject[];
}

const RETRY_MS = 100;
const SILENCE_MS = 5 * 60 * 1000;

/**
 * Lists and watches a collection until stopped. Resolves once the first list is in.
 * @param path e.g. `/api/v1/pods`
 */
export async function inform(cluster: Cluster, path: string, options: InformerOptions = {}): Promise<Informer> {
  const objects = new Map<string, ApiObject>();
  const abort = new AbortController();
  const selector = options.fieldSelector === undefined ? {} : { fieldSelector: options.fieldSelector };

  function set(object: ApiObject): void {
    const key = keyOf(object);
    const previous = objects.get(key);
    if (previous?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    objects.set(key, object);
    options.onChange?.(object, previous);
  }

  function drop(key: string): void {
    const previous = objects.get(key);
    if (previous === undefined) return;
    objects.delete(key);
    options.onChange?.(undefined, previous);
  }

  async function relist(): Promise<string> {
    const list = await cluster.json<List>({ method: 'GET', path, query: selector });
    const present = new Set(list.items.map(keyOf));
    for (const key of [...objects.keys()]) if (!present.has(key)) drop(key);
    for (const item of list.items) set(item);
    return list.metadata.resourceVersion;
  }

  /** One watch connection; the revision it came to, or undefined when that is too old to go on from. */
  async function watch(from: string): Promise<string | undefined> {
    const query = new URLSearchParams({ watch: '1', resourceVersion: from, allowWatchBookmarks: 'true', ...selector });
    const body = await cluster.stream(`${path}?${query}`, { timeoutMs: SILENCE_MS, signal: abort.signal });
    let revision = from;
    for await (const { type, object } of watchEvents<ApiObject>(body)) {
      if (type === 'ERROR') return undefined;
      revision = object.metadata.resourceVersion;
      if (type === 'DELETED') drop(keyOf(object));
      else if (type !== 'BOOKMARK') set(object);
    }
    return revision;
  }

  async function run(first: string): Promise<void> {
    let revision: string | undefined = first;
    while (!abort.signal.aborted) {
      try {
        revision = revision === undefined ? await relist() : await watch(revision);
      } catch {
        if (abort.signal.aborted) return;
        await sleep(RETRY_MS, undefined, { ref: false });
        revision = undefined;
      }
    }
  }

  void run(await relist());
  return {
    get: (namespace, name) => objects.get(`${namespace}/${name}`),
    list: () => [...objects.values()],
    stop: () => abort.abort(),
  };
}

export function keyOf({ metadata }: ApiObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
