/** Where (`namespace/name`) the objects of a name are: a Director knows names alone. */
export interface Places {
  /** Keys of a name; where there is none, the last one there was, or one in the namespace that is read. */
  of(name: string): readonly string[];
  /** Whether there is anything of the name. */
  has(name: string): boolean;
  /** Notes that there is something at a key, or nothing any more. */
  set(name: string, key: string, isThere: boolean): void;
}

/** @param namespace the one that is read; undefined when all are */
export function createPlaces(namespace: string | undefined): Places {
  const there = new Map<string, readonly string[]>();
  const last = new Map<string, string>();

  return {
    of: (name) => there.get(name) ?? [last.get(name) ?? `${namespace ?? ''}/${name}`],
    has: (name) => there.has(name),
    set(name, key, isThere) {
      const keys = there.get(name);
      if (isThere === (keys?.includes(key) ?? false)) return;
      if (isThere) {
        there.set(name, keys === undefined ? [key] : [...keys, key]);
        last.delete(name);
        return;
      }
      const others = keys?.filter((other) => other !== key) ?? [];
      if (others.length > 0) there.set(name, others);
      else {
        there.delete(name);
        last.set(name, key);
      }
    },
  };
}
