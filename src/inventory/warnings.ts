import type { ClusterEvent } from './model.ts';

/** The latest warning about each object. */
export interface Warnings {
  replace(before: ClusterEvent | undefined, after: ClusterEvent | undefined): void;
  last(aboutUid: string): string | undefined;
  /** One that came so often that it is no passing thing. */
  repeated(aboutUid: string): string | undefined;
}

const often = 3;

export function createWarnings(): Warnings {
  const latest = new Map<string, ClusterEvent>();
  const textOf = (event: ClusterEvent | undefined) => event && `${event.cause}: ${event.message}`;
  return {
    replace(before, after) {
      if (before !== undefined && latest.get(before.aboutUid)?.uid === before.uid) latest.delete(before.aboutUid);
      if (after === undefined || after.type === 'Normal') return;
      const known = latest.get(after.aboutUid);
      if (known === undefined || known.last <= after.last) latest.set(after.aboutUid, after);
    },
    last: (uid) => textOf(latest.get(uid)),
    repeated(uid) {
      const event = latest.get(uid);
      return event !== undefined && event.count >= often ? textOf(event) : undefined;
    },
  };
}
