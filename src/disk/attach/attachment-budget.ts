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
  const metadata = { name: budgetName(uid), labels, ownerReferences: [ownedBy(vm, uid)] };
  const spec = { minAvailable: everyAttachment, selector: { matchLabels: { [attachedToLabel]: vm } } };
  try {
    await policy.createNamespacedPodDisruptionBudget({ namespace, body: { metadata, spec } });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/**
 * Takes the budget away once there is no attachment.
 * @param record UID of the machine's record
 */
export async function removeAttachmentBudget(session: Session, record: string): Promise<void> {
  const { policy, namespace } = session.cluster;
  try {
    await policy.deleteNamespacedPodDisruptionBudget({ name: budgetName(record), namespace });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

/** After the record: a VM made anew under its name has a budget of its own. */
function budgetName(record: string): string {
  return `attachments-${record}`;
}
