/** Where (`namespace/name`) the objects of a name are: a Director knows names alone. */
export interface Places {
  /** Keys of a name; where there is none, the last one there was, or one in the namespace that is read. */
  of(name: string): readonly string[];
  /** Whether there is anything of the name. */
  has(name: string): boolean;
  /** Notes that there is something at a key, or nothing any more. */
  set(key: string, isThere: boolean): void;
}

/** @param namespace the one that is read; undefined when all are */
export function createPlaces(namespace: string | undefined): Places {
  const there = new Map<string, Set<string>>();
  const last = new Map<string, string>();

  return {
    of(name) {
      const keys = there.get(name);
      if (keys !== undefined) return [...keys];
      return [last.get(name) ?? `${namespace ?? ''}/${name}`];
    },
    has: (name) => there.has(name),
    set(key, isThere) {
      const name = key.slice(key.indexOf('/') + 1);
      const keys = there.get(name);
      if (isThere) {
        if (keys === undefined) there.set(name, new Set([key]));
        else keys.add(key);
        last.delete(name);
      } else if (keys?.delete(key) === true && keys.size === 0) {
        there.delete(name);
        last.set(name, key);
      }
    },
  };
}
