import { managedByLabels, unansweredLabel } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { isConflict, isForbidden, isNotFound } from '../kubernetes/errors.ts';

/** How long after its bound a call may still be on its way: retries of its last requests, clocks that differ. */
const graceSeconds = 300;

interface Unanswered {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels: Readonly<Record<string, string>>;
  };
}

/**
 * Labels of an object whose name its caller has yet to hear.
 *
 * The caller of create_disk or snapshot_disk knows nothing until it is answered. What a call leaves that is killed before that belongs to nobody, and no
 * later call is about it. So it is marked from its creation until right before the answer, and the next creation sweeps what is marked and overdue.
 *
 * @param seconds bound of the call
 */
export function unanswered(seconds: number): Record<string, string> {
  return { ...managedByLabels, [unansweredLabel]: String(Math.ceil(Date.now() / 1000) + seconds + graceSeconds) };
}

/**
 * Takes the mark off, as the last thing before the answer. It is kept out of error handling on purpose: an object that was swept meanwhile (by a call
 * with another clock) must not be answered as if it were there.
 * @param path of the object
 */
export async function answered(session: Session, path: string): Promise<void> {
  await session.cluster.json({ method: 'PATCH', path, body: { metadata: { labels: { [unansweredLabel]: null } } } });
}

/**
 * Removes what killed calls have left. It never fails a call: what could not be removed stays for the next one.
 * @param path of a collection
 */
export async function sweepUnanswered(session: Session, path: string): Promise<void> {
  try {
    const query = { labelSelector: unansweredLabel };
    const { items } = await session.cluster.json<{ items: readonly Unanswered[] }>({ method: 'GET', path, query });
    for (const { metadata } of items) {
      if (!(Number(metadata.labels[unansweredLabel]) * 1000 < Date.now())) continue;
      session.log(`removing ${metadata.name}: the call that made it was never answered`);
      // as it was read: a mark that is taken off at this very moment saves the object
      const { uid, resourceVersion } = metadata;
      const body = { preconditions: { uid, resourceVersion } };
      await session.cluster.json({ method: 'DELETE', path: `${path}/${metadata.name}`, body });
    }
  } catch (error) {
    if (isNotFound(error) || isConflict(error) || isForbidden(error)) return;
    session.log(`left for the next call: ${(error as Error).message}`);
  }
}
