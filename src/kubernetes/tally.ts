import type { CollectionEvent } from './collection-body.ts';
import { ApiError } from './errors.ts';
import type { Metadata } from './objects.ts';

/** What a batch of events comes to. */
interface Outcome<T> {
  readonly gone: readonly string[];
  readonly present: readonly T[];
  /** The version reached; undefined when there was no event. */
  readonly version: string | undefined;
  /** What ended the watch, where the batch says so. */
  readonly end: ApiError | undefined;
}

/** Keeps account of which objects are there, by UID: one that was deleted and made anew under its name is another one. */
export interface Tally<T> {
  size(): number;
  startList(): void;
  /** Takes a page in. @returns UIDs of objects whose names others have now */
  take(objects: readonly T[]): readonly string[];
  /** @returns UIDs of objects that the list no longer had */
  endList(): readonly string[];
  takeEvents(events: readonly CollectionEvent<T>[]): Outcome<T>;
}

export function createTally<T extends Metadata>(): Tally<T> {
  const uids = new Map<string, string>();
  let listed = new Set<string>();

  function enter(object: T, gone: string[]): void {
    const key = keyOf(object);
    const uid = uidOf(object);
    const before = uids.get(key);
    if (before !== undefined && before !== uid) gone.push(before);
    uids.set(key, uid);
  }

  function takeEvents(events: readonly CollectionEvent<T>[]): Outcome<T> {
    const gone: string[] = [];
    const present = new Map<string, T>();
    let version: string | undefined;
    for (const event of events) {
      // as a rule 410: the server has forgotten the version
      if (event.type === 'ERROR') return { gone, present: [...present.values()], version, end: errorOf(event.status) };
      const { object } = event;
      version = object.metadata?.resourceVersion ?? version;
      if (event.type === 'BOOKMARK') continue;
      const uid = uidOf(object);
      if (event.type === 'DELETED') {
        if (uids.get(keyOf(object)) === uid) uids.delete(keyOf(object));
        present.delete(uid);
        gone.push(uid);
      } else {
        enter(object, gone);
        present.set(uid, object);
      }
    }
    return { gone, present: [...present.values()], version, end: undefined };
  }

  return {
    size: () => uids.size,
    startList() {
      listed = new Set();
    },
    take(objects) {
      const gone: string[] = [];
      for (const object of objects) {
        enter(object, gone);
        listed.add(keyOf(object));
      }
      return gone;
    },
    endList() {
      const gone: string[] = [];
      for (const [key, uid] of uids) {
        if (listed.has(key)) continue;
        gone.push(uid);
        uids.delete(key);
      }
      listed = new Set();
      return gone;
    },
    takeEvents,
  };
}

function keyOf({ metadata }: Metadata): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

function uidOf({ metadata }: Metadata): string {
  return metadata?.uid ?? '';
}

function errorOf({ code = 500, reason = 'Unknown', message = 'the server ended the watch' }: Status): ApiError {
  return new ApiError({ verb: 'watch', resource: '', status: code, reason, message });
}

type Status = Extract<CollectionEvent<never>, { readonly type: 'ERROR' }>['status'];
