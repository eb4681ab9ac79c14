import { CloudError } from '../bosh/cloud-error.ts';
import { diskIdLabel } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { isAlreadyExists, isForbidden } from '../kubernetes/errors.ts';
import { followClaim, lastWarning, removeClaim } from './claim.ts';
import { parseDiskProperties } from './properties.ts';
import { findStorageClass } from './storage-class.ts';
import { answered, sweepUnanswered, unanswered } from './unanswered.ts';

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
  const path = `/api/v1/namespaces/${session.cluster.namespace}/persistentvolumeclaims`;
  const [storageClass] = await Promise.all([findStorageClass(session, wanted), sweepUnanswered(session, path)]);
  const id = crypto.randomUUID();
  const claim = `disk-${id}`;
  const { core, namespace } = session.cluster;
  const storageClassName = wanted ?? storageClass?.metadata?.name;
  const body = {
    metadata: { name: claim, labels: { ...unanswered(session.timeouts.create_disk), [diskIdLabel]: id } },
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
    // nobody else makes the name: a first try got through whose answer was lost
    if (!isAlreadyExists(error)) throw error;
  }
  if (storageClass?.volumeBindingMode === 'Immediate') {
    await awaitBound(session, claim, `disk of ${size} MiB`, `see the provisioner of StorageClass ${storageClassName}`);
  }
  await answered(session, `${path}/${claim}`);
  return claim;
}

/** Waits for a claim's volume; a claim that gets none in time is removed. */
async function awaitBound(session: Session, claim: string, what: string, remedy: string): Promise<void> {
  session.log(`waiting for claim ${claim} to be bound`);
  const seconds = session.timeouts.create_disk;
  const bound = await followClaim(session, claim, seconds, (now) =>
    now?.status?.phase === 'Bound' ? true : undefined,
  );
  if (bound !== undefined) return;
  const warning = await lastWarning(session, claim);
  await removeClaim(session, claim);
  throw new CloudError('CloudError', `${what} was not provisioned within ${seconds} s${warning}: ${remedy}`);
}
