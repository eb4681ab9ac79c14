import { agentIdLabel, attachedToLabel, managedByLabels } from '../../bosh/labels.ts';
import type { Session } from '../../bosh/session.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../kubernetes/errors.ts';
import { ownedBy, type StoredRecord } from '../../vm/record.ts';

/** More than any machine's disks: then no attachment is ever evicted. A budget of bare pods knows `minAvailable` as a number only. */
const everyAttachment = 1_000_000;

/** No drain may take a disk away from a machine that runs. */
export async function ensureAttachmentBudget(
  session: Session,
  vm: string,
  { uid, record }: StoredRecord,
): Promise<void> {
  const { policy, namespace } = session.cluster;
  const labels = { ...managedByLabels, [agentIdLabel]: record.agentId };
  const metadata = { name: budgetName(vm), labels, ownerReferences: [ownedBy(vm, uid)] };
  const spec = { minAvailable: everyAttachment, selector: { matchLabels: { [attachedToLabel]: vm } } };
  try {
    await policy.createNamespacedPodDisruptionBudget({ namespace, body: { metadata, spec } });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** Takes the budget away once there is no attachment. */
export async function removeAttachmentBudget(session: Session, vm: string): Promise<void> {
  const { policy, namespace } = session.cluster;
  try {
    await policy.deleteNamespacedPodDisruptionBudget({ name: budgetName(vm), namespace });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

function budgetName(vm: string): string {
  return `attachments-${vm}`;
}
