/** How far what is known of a cluster can be trusted. Times are milliseconds since 1970. */
export type Freshness =
  /** The first list is on its way: so many read, of about so many. */
  | { readonly state: 'syncing'; readonly read: number; readonly about: number | undefined }
  | { readonly state: 'live'; readonly since: number }
  /** The connection is gone since then; what is known is what was last heard. */
  | { readonly state: 'stale'; readonly since: number; readonly reason: string }
  /** Nothing could be read, e.g. for lack of a right; the reason says what to do. It is tried again. */
  | { readonly state: 'failed'; readonly reason: string };

const order: readonly Freshness['state'][] = ['failed', 'stale', 'syncing', 'live'];

/** The worst of several; of equal ones the older trouble, the least complete list, the latest success. */
export function worst(all: readonly Freshness[]): Freshness {
  const [first, ...rest] = all;
  if (first === undefined) return { state: 'syncing', read: 0, about: undefined };
  return rest.reduce((now, next) => (isWorse(next, now) ? next : now), first);
}

function isWorse(next: Freshness, now: Freshness): boolean {
  if (next.state !== now.state) return order.indexOf(next.state) < order.indexOf(now.state);
  if (next.state === 'live' && now.state === 'live') return next.since > now.since;
  return next.state === 'stale' && now.state === 'stale' && next.since < now.since;
}
