import type { Row } from './model.ts';

/** Rows by UID, and what changed of them since when: what listings follow. */
export interface Table<R> {
  /** The same map all its life. */
  readonly rows: ReadonlyMap<string, R>;
  /** Counts up with every publication that changed something. */
  version(): number;
  /** UIDs set or removed after that version, with repetitions; undefined when that is too long ago to tell. */
  changesSince(version: number): readonly string[] | undefined;
}

export interface WritableTable<R> extends Table<R> {
  /** Takes a row in, if it differs from the one that is there. @returns the row it replaces, itself when it is the same */
  set(row: R): R | undefined;
  /** @returns the row that was there */
  delete(uid: string): R | undefined;
  /** Lets the version count up. @returns whether something changed since the last time */
  publish(): boolean;
}

/** Changes that are remembered: listings that slept longer start from scratch. */
const remembered = 20_000;

export function createTable<R extends Row>(): WritableTable<R> {
  const rows = new Map<string, R>();
  let version = 0;
  let pending: string[] = [];
  /** One entry a version, the newest last. */
  const history: (readonly string[])[] = [];
  let kept = 0;

  return {
    rows,
    version: () => version,
    changesSince(since) {
      const missed = version - since;
      if (missed > history.length) return undefined;
      return missed === 0 ? [] : history.slice(-missed).flat();
    },
    set(row) {
      const before = rows.get(row.uid);
      if (before !== undefined && isSame(before, row)) return before;
      rows.set(row.uid, row);
      pending.push(row.uid);
      return before;
    },
    delete(uid) {
      const before = rows.get(uid);
      if (before === undefined) return undefined;
      rows.delete(uid);
      pending.push(uid);
      return before;
    },
    publish() {
      if (pending.length === 0) return false;
      version++;
      history.push(pending);
      kept += pending.length;
      pending = [];
      while (kept > remembered && history.length > 1) kept -= history.shift()?.length ?? 0;
      return true;
    },
  };
}

/** Rows are flat but for lists and maps of texts. */
function isSame<R extends object>(one: R, other: R): boolean {
  return Object.entries(one).every(([key, value]) => {
    const against = (other as Record<string, unknown>)[key];
    if (value === against) return true;
    if (typeof value !== 'object' || typeof against !== 'object' || value === null || against === null) return false;
    const keys = Object.keys(value);
    const theirs = against as Record<string, unknown>;
    return (
      keys.length === Object.keys(against).length &&
      keys.every((inner) => (value as Record<string, unknown>)[inner] === theirs[inner])
    );
  });
}
