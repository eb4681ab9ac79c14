import { CloudError } from '../../bosh/cloud-error.ts';
import type { Session } from '../../bosh/session.ts';
import { converge } from '../../vm/converge.ts';
import { diskMountPath } from '../../vm/pod.ts';
import { type RecordedDisk, requireRecord } from '../../vm/record.ts';
import { requireClaim } from '../claim.ts';
import { describeUser, otherUser } from '../users.ts';
import { ensureVisible } from './hotplug.ts';
import { attachStrategy } from './strategy.ts';

/**
 * Attaches a disk to a VM. One that is attached already (by create_vm, or since an orphan-disk that never detached it) stays as it is.
 * @returns the hint: where the machine has the disk
 * @throws CloudError VMNotFound, DiskNotFound, or CloudError that names another user of the disk
 */
export async function attachDisk(session: Session, vm: string, disk: RecordedDisk): Promise<string> {
  const { record } = await requireRecord(session, vm);
  if (record.disks.some(({ claim }) => claim === disk.claim)) {
    session.log(`disk ${disk.claim} is attached already`);
    await converge(session, vm);
    if (record.attach === 'hotplug') await ensureVisible(session, vm, disk);
    return diskMountPath(disk.claim);
  }
  await requireClaim(session, disk.claim);
  const user = await otherUser(session, vm, disk.claim);
  if (user !== undefined) {
    throw new CloudError('CloudError', `disk ${disk.claim} is in use by ${describeUser(user)}: detach it there first`);
  }
  await attachStrategy(session, record).attach(session, vm, disk);
  return diskMountPath(disk.claim);
}

/**
 * Detaches a disk from a VM.
 * @throws CloudError VMNotFound, DiskNotAttached
 */
export async function detachDisk(session: Session, vm: string, disk: RecordedDisk): Promise<void> {
  const { record } = await requireRecord(session, vm);
  if (!record.disks.some(({ claim }) => claim === disk.claim)) {
    // a detach that was cut short is finished here
    if (record.leaving?.includes(disk.claim)) {
      await converge(session, vm);
      return;
    }
    throw new CloudError('DiskNotAttached', `disk ${disk.claim} is not attached to VM ${vm}`);
  }
  await attachStrategy(session, record).detach(session, vm, disk);
}
