import { CloudError } from '../bosh/cloud-error.ts';
import { agentIdLabel, managedByLabels } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { followClaim } from '../disk/claim.ts';
import { isAlreadyExists } from '../kubernetes/errors.ts';
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
  for (let attempt = 0; ; attempt++) {
    try {
      await core.createNamespacedPersistentVolumeClaim({ namespace, body });
      return;
    } catch (error) {
      if (!isAlreadyExists(error) || attempt >= 5) throw error;
    }
    // made by a call that was cut short, or of the VM's predecessor and on its way out
    const outcome = await followClaim(session, body.metadata.name, session.timeouts.delete_disk, (claim) => {
      if (claim === undefined) return 'gone';
      return claim.metadata?.ownerReferences?.some(({ uid }) => uid === owner) ? 'ours' : undefined;
    });
    if (outcome === 'ours') return;
    if (outcome === undefined) {
      throw new CloudError('CloudError', `claim ${body.metadata.name} of an earlier VM of the name does not go`);
    }
  }
}
