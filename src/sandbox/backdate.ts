import type { ApiObject } from './api/object.ts';
import { resource } from './api/resources.ts';
import type { Store } from './api/store.ts';

/** Moves a time: RFC 3339 in, the same form out. */
export type Shift = (time: string) => string;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

const kinds = ['pods', 'secrets', 'services', 'persistentvolumeclaims', 'persistentvolumes', 'events', 'nodes'].map(
  (plural) => resource('', plural),
);

/**
 * Times from a moment on, so much earlier; those before it stay.
 * @param since @param by milliseconds
 */
export function shiftSince(since: number, by: number): Shift {
  // times of the API have no fractions of seconds
  const from = Math.floor(since / 1000) * 1000;
  return (time) => {
    const at = Date.parse(time);
    if (at < from) return time;
    const shifted = new Date(at - by).toISOString();
    return time.length === 20 ? `${shifted.slice(0, 19)}Z` : shifted.replace('Z', `${time.slice(23)}`);
  };
}

/** Moves every time in the chosen objects, as if what they tell of had happened then. */
export function backdateObjects(store: Store, isChosen: (object: ApiObject) => boolean, shift: Shift): void {
  for (const kind of kinds) {
    for (const object of store.list(kind, '')) {
      if (isChosen(object)) store.put(kind, shiftAll(object, shift) as ApiObject);
    }
  }
}

function shiftAll(value: unknown, shift: Shift): unknown {
  if (typeof value === 'string') return TIME.test(value) ? shift(value) : value;
  if (Array.isArray(value)) return value.map((item) => shiftAll(item, shift));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shiftAll(item, shift)]));
}
