import type { CoreV1Event } from '@kubernetes/client-node/dist/gen/models/CoreV1Event.js';
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeClaim.js';
import { CloudError } from '../bosh/cloud-error.ts';
import type { Session } from '../bosh/session.ts';
import { isConflict, isNotFound } from '../kubernetes/errors.ts';
import { FollowTimeout, follow } from '../kubernetes/follow.ts';

/** A disk's claim, or undefined. */
export async function readClaim(session: Session, claim: string): Promise<V1PersistentVolumeClaim | undefined> {
  const { core, namespace } = session.cluster;
  try {
    return await core.readNamespacedPersistentVolumeClaim({ name: claim, namespace });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** A disk's claim. @throws CloudError DiskNotFound */
export async function requireClaim(session: Session, claim: string): Promise<V1PersistentVolumeClaim> {
  const found = await readClaim(session, claim);
  if (found === undefined || found.metadata?.deletionTimestamp !== undefined) {
    const state = found === undefined ? 'does not exist' : 'is being deleted';
    throw new CloudError('DiskNotFound', `disk ${claim} ${state} in namespace ${session.cluster.namespace}`);
  }
  return found;
}

/**
 * Waits for a claim to come to something.
 * @param seconds bound of the wait
 * @param decide as for follow
 * @returns what was decided, or undefined when the time is over
 */
export async function followClaim<R>(
  session: Session,
  claim: string,
  seconds: number,
  decide: (claim: V1PersistentVolumeClaim | undefined) => R | undefined | Promise<R | undefined>,
): Promise<R | undefined> {
  const path = `/api/v1/namespaces/${session.cluster.namespace}/persistentvolumeclaims`;
  try {
    return await follow<V1PersistentVolumeClaim, R>(session.cluster, { path }, claim, {
      timeoutMs: seconds * 1000,
      decide,
    });
  } catch (error) {
    if (error instanceof FollowTimeout) return undefined;
    throw error;
  }
}

/**
 * Deletes a claim and waits until it is gone: Kubernetes takes its protection off a moment after its last user has ended.
 * @param uid the very claim that is meant; any of the name where absent
 * @returns whether it is gone within the bound of delete_disk
 */
export async function removeClaim(session: Session, claim: string, uid?: string): Promise<boolean> {
  const { core, namespace } = session.cluster;
  const isGone = (now: V1PersistentVolumeClaim | undefined) =>
    now === undefined || (uid !== undefined && now.metadata?.uid !== uid);
  for (let attempt = 0; ; attempt++) {
    try {
      const body = uid === undefined ? {} : { preconditions: { uid } };
      await core.deleteNamespacedPersistentVolumeClaim({ name: claim, namespace, body });
      break;
    } catch (error) {
      if (isNotFound(error)) return true;
      if (!isConflict(error) || attempt >= 5) throw error;
    }
    // a conflict as a rule means another claim of the name; only then the one meant is gone
    if (isGone(await readClaim(session, claim))) return true;
  }
  session.log(`waiting for claim ${claim} to go`);
  const waited = await followClaim(session, claim, session.timeouts.delete_disk, (now) => isGone(now) || undefined);
  return waited !== undefined;
}

/** The last warning about a claim, as ` (Reason: message)`; empty where there is none or events may not be read. */
export async function lastWarning(session: Session, claim: string): Promise<string> {
  const { core, namespace } = session.cluster;
  try {
    const fieldSelector = `involvedObject.kind=PersistentVolumeClaim,involvedObject.name=${claim}`;
    const events: readonly CoreV1Event[] = (await core.listNamespacedEvent({ namespace, fieldSelector })).items;
    const last = events.filter(({ type }) => type === 'Warning').at(-1);
    return last === undefined ? '' : ` (${last.reason}: ${last.message})`;
  } catch (error) {
    session.log(`events of claim ${claim} cannot be read: ${(error as Error).message}`);
    return '';
  }
}
