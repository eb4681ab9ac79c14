import { CloudError } from '../bosh/cloud-error.ts';
import type { Session } from '../bosh/session.ts';
import { isConflict, isNotFound } from '../kubernetes/errors.ts';
import { followClaim, readClaim } from './claim.ts';
import { describeUser, usersOf } from './users.ts';

/**
 * Deletes a disk and waits until its claim is gone. One that is not there is success; one in use is left alone: its deletion could not be undone.
 * @throws CloudError that names the user of the disk
 */
export async function deleteDisk(session: Session, claim: string): Promise<void> {
  const { core, namespace } = session.cluster;
  const existing = await readClaim(session, claim);
  if (existing === undefined) return;
  const user = (await usersOf(session, claim))[0];
  if (user !== undefined) {
    throw new CloudError('CloudError', `disk ${claim} is in use by ${describeUser(user)}: detach it first`);
  }
  const uid = existing.metadata?.uid ?? '';
  try {
    await core.deleteNamespacedPersistentVolumeClaim({ name: claim, namespace, body: { preconditions: { uid } } });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
  session.log(`waiting for claim ${claim} to go`);
  const seconds = session.timeouts.delete_disk;
  const gone = await followClaim(session, claim, seconds, (now) => (now?.metadata?.uid === uid ? undefined : true));
  if (gone !== undefined) return;
  const finalizers = (await readClaim(session, claim))?.metadata?.finalizers?.join(', ');
  throw new CloudError('CloudError', `disk ${claim} is not gone after ${seconds} s: finalizers ${finalizers} hold it`);
}
