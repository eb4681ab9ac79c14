import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, StatusError } from './api.ts';

/** What every object has. */
export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly deletionTimestamp?: string;
}

function note(subject: string, error: unknown): void {
  console.error(`${new Date().toISOString()} ${subject}: ${error instanceof Error ? error.message : error}`);
}

/**
 * Follows a collection for ever: acts on each object as it is now and after each change, one after another. What fails
 * is tried again after a second, but for 404 and 409: there the next change tells.
 */
export async function follow<T extends { readonly metadata: Metadata }>(
  api: Api,
  path: string,
  act: (object: T) => Promise<void>,
): Promise<never> {
  const latest = new Map<string, T>();
  let queue = Promise.resolve();

  async function attempt(uid: string): Promise<void> {
    const object = latest.get(uid);
    try {
      if (object !== undefined) await act(object);
    } catch (error) {
      if (error instanceof StatusError && [404, 409].includes(error.status)) return;
      note(object?.metadata.name ?? uid, error);
      setTimeout(enqueue, 1000, uid);
    }
  }

  function enqueue(uid: string): void {
    queue = queue.then(() => attempt(uid));
  }

  function take(type: string, object: T): void {
    const { uid } = object.metadata;
    if (type === 'DELETED') {
      latest.delete(uid);
      return;
    }
    latest.set(uid, object);
    enqueue(uid);
  }

  for (;;) {
    try {
      const list = await api.call<{ items: T[]; metadata: { resourceVersion: string } }>('GET', path);
      latest.clear();
      for (const object of list.items) take('ADDED', object);
      const from = `${path}?watch=true&resourceVersion=${list.metadata.resourceVersion}`;
      const expired = new AbortController();
      const onEvent = (type: string, object: unknown): void =>
        type === 'ERROR' ? expired.abort() : take(type, object as T);
      await api.watch(from, onEvent, expired.signal);
    } catch (error) {
      note(path, error);
      await sleep(500);
    }
  }
}
