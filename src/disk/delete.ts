import { CloudError } from '../bosh/cloud-error.ts';
import type { Session } from '../bosh/session.ts';
import { readClaim, removeClaim } from './claim.ts';
import { describeUser, usersOf } from './users.ts';

/**
 * Deletes a disk and waits until its claim is gone. One that is not there is success; one in use is left alone: its deletion could not be undone.
 * @throws CloudError that names the user of the disk
 */
export async function deleteDisk(session: Session, claim: string): Promise<void> {
  const existing = await readClaim(session, claim);
  if (existing === undefined) return;
  const user = (await usersOf(session, claim))[0];
  if (user !== undefined) {
    throw new CloudError('CloudError', `disk ${claim} is in use by ${describeUser(user)}: detach it first`);
  }
  if (await removeClaim(session, claim, existing.metadata?.uid)) return;
  const finalizers = (await readClaim(session, claim))?.metadata?.finalizers?.join(', ');
  throw new CloudError(
    'CloudError',
    `disk ${claim} is not gone after ${session.timeouts.delete_disk} s: finalizers ${finalizers} hold it`,
  );
}
