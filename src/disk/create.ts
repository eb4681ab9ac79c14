import { CloudError } from '../bosh/cloud-error.ts';
import { diskIdLabel, managedByLabels } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { isForbidden } from '../kubernetes/errors.ts';
import { followClaim, lastWarning } from './claim.ts';
import { parseDiskProperties } from './properties.ts';
import { findStorageClass } from './storage-class.ts';

/**
 * Creates a disk: a claim. Of a class that binds at once it waits for the volume; of one that waits for its first consumer it does not, since
 * that consumer is the machine the disk will be attached to.
 * @param size in MiB
 * @param input cloud_properties
 * @returns the claim's name
 * @throws CloudError NoDiskSpace (quota), CloudError (no class, provisioning failed), CpiError (properties)
 */
export async function createDisk(session: Session, size: number, input: unknown): Promise<string> {
  const properties = parseDiskProperties(input);
  const wanted = properties.storage_class ?? session.disks.storage_class;
  const storageClass = await findStorageClass(session, wanted);
  const id = crypto.randomUUID();
  const claim = `disk-${id}`;
  const { core, namespace } = session.cluster;
  const storageClassName = wanted ?? storageClass?.metadata?.name;
  const body = {
    metadata: { name: claim, labels: { ...managedByLabels, [diskIdLabel]: id } },
    spec: {
      accessModes: [properties.access_mode ?? session.disks.access_mode],
      resources: { requests: { storage: `${size}Mi` } },
      ...(storageClassName !== undefined && { storageClassName }),
      ...(properties.volume_attributes_class !== undefined && {
        volumeAttributesClassName: properties.volume_attributes_class,
      }),
    },
  };
  try {
    await core.createNamespacedPersistentVolumeClaim({ namespace, body });
  } catch (error) {
    if (isForbidden(error) && error.message.includes('exceeded quota')) {
      throw new CloudError('NoDiskSpace', `${error.message}: raise the ResourceQuota or delete disks`, {
        cause: error,
      });
    }
    throw error;
  }
  if (storageClass?.volumeBindingMode !== 'Immediate') return claim;
  session.log(`waiting for claim ${claim} to be bound`);
  const seconds = session.timeouts.create_disk;
  const bound = await followClaim(session, claim, seconds, (now) =>
    now?.status?.phase === 'Bound' ? true : undefined,
  );
  if (bound === undefined) {
    const warning = await lastWarning(session, claim);
    await core.deleteNamespacedPersistentVolumeClaim({ name: claim, namespace });
    throw new CloudError(
      'CloudError',
      `disk of ${size} MiB was not provisioned within ${seconds} s${warning}: see the provisioner of StorageClass ${storageClassName}`,
    );
  }
  return claim;
}
