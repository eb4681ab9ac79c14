import type { ApiObject } from './object.ts';
import { type Resource, resourceKey } from './resources.ts';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One write, as watches see it. */
export interface Change {
  readonly revision: number;
  readonly resource: Resource;
  readonly type: ChangeType;
  /** After the write; for DELETED the last state under the revision of the deletion. */
  readonly object: ApiObject;
  readonly previous: ApiObject | undefined;
}

/** All objects of the cluster, with one revision counter and a bounded history: what etcd is to a real server. */
export interface Store {
  /** The revision of the last write. */
  revision(): number;
  /** Changes up to this revision are forgotten: older watches and continued lists are answered 410. */
  compacted(): number;
  get(resource: Resource, namespace: string, name: string): ApiObject | undefined;
  /** In the order of etcd's keys. An empty namespace means all. */
  list(resource: Resource, namespace: string): ApiObject[];
  /** Writes an object and stamps its resourceVersion. */
  put(resource: Resource, object: ApiObject): ApiObject;
  remove(resource: Resource, object: ApiObject): ApiObject;
  changesSince(revision: number): readonly Change[];
  /** Calls back after every write, in order, synchronously. Returns the way to stop. */
  subscribe(listener: (change: Change) => void): () => void;
  /** Forgets history up to a revision, as etcd's compaction does. */
  compact(revision: number): void;
}

/** @param historyLimit how many changes are kept for watches that start in the past */
export function createStore(historyLimit = 10_000): Store {
  const tables = new Map<string, Map<string, ApiObject>>();
  const sorted = new Map<string, string[]>();
  const listeners = new Set<(change: Change) => void>();
  let history: Change[] = [];
  let revision = 100;
  let compacted = 100;

  function table(resource: Resource): Map<string, ApiObject> {
    const key = resourceKey(resource);
    let found = tables.get(key);
    if (found === undefined) {
      found = new Map();
      tables.set(key, found);
    }
    return found;
  }

  /** Keys in order; the order is made again only after an object was added or removed. */
  function keysOf(resource: Resource): string[] {
    const key = resourceKey(resource);
    let keys = sorted.get(key);
    if (keys === undefined) {
      keys = [...table(resource).keys()].sort((a, b) => (a < b ? -1 : 1));
      sorted.set(key, keys);
    }
    return keys;
  }

  function record(change: Change): void {
    history.push(change);
    if (history.length > historyLimit * 2) compact(history[history.length - historyLimit - 1]?.revision ?? 0);
    for (const listener of [...listeners]) listener(change);
  }

  function compact(upTo: number): void {
    compacted = Math.max(compacted, upTo);
    history = history.filter((change) => change.revision > upTo);
  }

  function stamped(object: ApiObject): ApiObject {
    revision += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
  }

  return {
    revision: () => revision,
    compacted: () => compacted,
    get: (resource, namespace, name) => table(resource).get(objectKey(namespace, name)),
    list(resource, namespace) {
      const objects = table(resource);
      const prefix = `${namespace}/`;
      const keys = namespace === '' ? keysOf(resource) : keysOf(resource).filter((key) => key.startsWith(prefix));
      return keys.map((key) => objects.get(key)).filter((object) => object !== undefined);
    },
    put(resource, object) {
      const key = objectKey(object.metadata.namespace ?? '', object.metadata.name);
      const previous = table(resource).get(key);
      const stored = stamped(object);
      table(resource).set(key, stored);
      if (previous === undefined) sorted.delete(resourceKey(resource));
      record({ revision, resource, type: previous === undefined ? 'ADDED' : 'MODIFIED', object: stored, previous });
      return stored;
    },
    remove(resource, object) {
      table(resource).delete(objectKey(object.metadata.namespace ?? '', object.metadata.name));
      sorted.delete(resourceKey(resource));
      const last = stamped(object);
      record({ revision, resource, type: 'DELETED', object: last, previous: object });
      return last;
    },
    changesSince: (since) => history.filter((change) => change.revision > since),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    compact,
  };
}

/** The key of an object among its kind; cluster-wide objects have an empty namespace. */
export function objectKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
