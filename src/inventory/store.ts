/** Facts by UID, and by a key that one object has at a time. */
export interface Store<F> {
  size(): number;
  get(uid: string): F | undefined;
  byKey(key: string): F | undefined;
  readonly keyed: ReadonlyMap<string, F>;
  values(): Iterable<F>;
  /** @returns what was known before */
  set(uid: string, facts: F): F | undefined;
  /** @returns what was known before */
  delete(uid: string): F | undefined;
}

export function createStore<F>(keyOf: (facts: F) => string): Store<F> {
  const byUid = new Map<string, F>();
  const keyed = new Map<string, F>();

  /** Another object may have the key by now. */
  function release(facts: F): void {
    const key = keyOf(facts);
    if (keyed.get(key) === facts) keyed.delete(key);
  }

  return {
    keyed,
    size: () => byUid.size,
    get: (uid) => byUid.get(uid),
    byKey: (key) => keyed.get(key),
    values: () => byUid.values(),
    set(uid, facts) {
      const before = byUid.get(uid);
      if (before !== undefined) release(before);
      byUid.set(uid, facts);
      keyed.set(keyOf(facts), facts);
      return before;
    },
    delete(uid) {
      const before = byUid.get(uid);
      if (before === undefined) return undefined;
      byUid.delete(uid);
      release(before);
      return before;
    },
  };
}
