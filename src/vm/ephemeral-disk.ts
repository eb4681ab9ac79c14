import { agentIdLabel, managedByLabels } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { isAlreadyExists, isNotFound } from '../kubernetes/errors.ts';
import { ownedBy } from './record.ts';

/** Name of a VM's ephemeral claim. */
export function ephemeralClaimName(vm: string): string {
  return `ephemeral-${vm}`;
}

/**
 * Makes the claim that holds /var/vcap of a VM, where its properties ask for a StorageClass; unlike a part of the node's disk it survives recreation.
 * @param size in MiB
 */
export async function ensureEphemeralClaim(
  session: Session,
  vm: string,
  owner: string,
  agentId: string,
  size: number,
  storageClass: string,
): Promise<void> {
  const { core, namespace } = session.cluster;
  const body = {
    metadata: {
      name: ephemeralClaimName(vm),
      labels: { ...managedByLabels, [agentIdLabel]: agentId },
      ownerReferences: [ownedBy(vm, owner)],
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: storageClass,
      resources: { requests: { storage: `${size}Mi` } },
    },
  };
  try {
    await core.createNamespacedPersistentVolumeClaim({ namespace, body });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** Removes a VM's ephemeral claim. */
export async function deleteEphemeralClaim(session: Session, claim: string): Promise<void> {
  const { core, namespace } = session.cluster;
  try {
    await core.deleteNamespacedPersistentVolumeClaim({ name: claim, namespace });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
