import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { CloudError } from '../bosh/cloud-error.ts';
import { groupLabel } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { removeAttachments } from '../disk/attach/attachments.ts';
import { removeClaim } from '../disk/claim.ts';
import { readPod, recordOf } from './converge.ts';
import { balanceBudget } from './disruption-budget.ts';
import { deleteRecord, readRecord, type StoredRecord, updateRecord } from './record.ts';
import { removePod } from './remove-pod.ts';
import { leaveService } from './services.ts';

/**
 * Deletes a VM and all that belongs to it; persistent disks stay. Nothing there is success.
 *
 * The record goes last: as long as anything is left, the next call knows what.
 *
 * @param only UID of the record whose VM is meant: one that another call has made since under the same name stays
 */
export async function deleteVm(session: Session, vm: string, only?: string): Promise<void> {
  const deadline = Date.now() + session.timeouts.delete_vm * 1000;
  const marked = await markDeleting(session, vm, only);
  if (marked === 'made anew') return;
  const stored = marked === 'none' ? undefined : marked;
  const pod = await readPod(session, vm);
  if (stored === undefined && only !== undefined && pod !== undefined && recordOf(pod) !== only) return;
  const group = stored?.record.group ?? pod?.metadata?.labels?.[groupLabel];
  const { services = [], sharedServices = [] } = stored?.record ?? {};
  await Promise.all([
    pod === undefined ? undefined : removeAll(session, vm, stored?.uid, pod, deadline),
    ...[...services, ...sharedServices].map((name) => leaveService(session, name, stored?.uid ?? '')),
  ]);
  if (stored?.record.attach !== undefined) await removeAttachments(session, vm, stored, deadline);
  const ephemeralClaim = stored?.record.ephemeralClaim;
  // a VM made anew has a claim of the same name
  if (ephemeralClaim !== undefined && (await readRecord(session, vm))?.uid !== stored?.uid) return;
  if (ephemeralClaim !== undefined && !(await removeClaim(session, ephemeralClaim))) {
    throw new CloudError(
      'CloudError',
      `claim ${ephemeralClaim} of VM ${vm} does not go: see its finalizers, then repeat the call`,
    );
  }
  if (group !== undefined) await balanceBudget(session, group);
  if (stored !== undefined) await deleteRecord(session, vm, stored.uid);
}

/**
 * Removes a pod, and one that a call which did not know yet has put in its place; the pod of a VM made anew under the name stays.
 * @param record UID of the record that the VM had, undefined for a pod without one
 */
async function removeAll(
  session: Session,
  vm: string,
  record: string | undefined,
  first: V1Pod,
  deadline: number,
): Promise<void> {
  let pod: V1Pod | undefined = first;
  while (pod !== undefined) {
    if (record !== undefined && recordOf(pod) !== record && (await readRecord(session, vm))?.uid !== record) return;
    const outcome = await removePod(session, pod, deadline);
    pod = outcome === 'replaced' ? await readPod(session, vm) : undefined;
  }
}

/** From here on no other call makes a pod for the VM. `made anew`: another call has replaced the VM meanwhile. */
async function markDeleting(
  session: Session,
  vm: string,
  only: string | undefined,
): Promise<StoredRecord | 'none' | 'made anew'> {
  const existing = await readRecord(session, vm);
  if (existing === undefined) return 'none';
  if (only !== undefined && existing.uid !== only) return 'made anew';
  if (existing.record.phase === 'deleting') return existing;
  const deleting = ({ record, uid }: StoredRecord) =>
    record.phase === 'deleting' || uid !== existing.uid
      ? undefined
      : { record: { ...record, phase: 'deleting' as const } };
  try {
    const marked = await updateRecord(session, vm, deleting, existing);
    return marked.uid === existing.uid ? marked : 'made anew';
  } catch (error) {
    // another delete_vm was faster
    if (error instanceof CloudError && error.type === 'VMNotFound') return 'none';
    throw error;
  }
}
