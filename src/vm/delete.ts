import { groupLabel } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { readPod, removePod } from './converge.ts';
import { balanceBudget } from './disruption-budget.ts';
import { deleteEphemeralClaim } from './ephemeral-disk.ts';
import { deleteRecord, readRecord, type StoredRecord, updateRecord } from './record.ts';
import { deleteService, leaveService } from './services.ts';

/**
 * Deletes a VM and all that belongs to it; persistent disks stay. Nothing there is success.
 *
 * The record goes last: as long as anything is left, the next call knows what.
 */
export async function deleteVm(session: Session, vm: string): Promise<void> {
  const deadline = Date.now() + session.timeouts.delete_vm * 1000;
  const stored = await markDeleting(session, vm);
  const pod = await readPod(session, vm);
  const group = stored?.record.group ?? pod?.metadata?.labels?.[groupLabel];
  await Promise.all([
    pod === undefined ? undefined : removePod(session, pod, deadline),
    ...(stored?.record.services ?? []).map((name) => deleteService(session, name)),
    ...(stored?.record.sharedServices ?? []).map((name) => leaveService(session, name, stored?.uid ?? '')),
  ]);
  const ephemeralClaim = stored?.record.ephemeralClaim;
  if (ephemeralClaim !== undefined) await deleteEphemeralClaim(session, ephemeralClaim);
  if (group !== undefined) await balanceBudget(session, group);
  if (stored !== undefined) await deleteRecord(session, vm, stored.uid);
}

/** From here on no other call makes a pod for the VM. */
async function markDeleting(session: Session, vm: string): Promise<StoredRecord | undefined> {
  const existing = await readRecord(session, vm);
  if (existing === undefined || existing.record.phase === 'deleting') return existing;
  const deleting = ({ record }: StoredRecord) =>
    record.phase === 'deleting' ? undefined : { record: { ...record, phase: 'deleting' as const } };
  return await updateRecord(session, vm, deleting, existing);
}
