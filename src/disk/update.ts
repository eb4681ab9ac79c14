import { CloudError } from '../bosh/cloud-error.ts';
import type { Session } from '../bosh/session.ts';
import { isForbidden, isNotFound } from '../kubernetes/errors.ts';
import { mergePatch } from '../kubernetes/patch.ts';
import { followClaim, lastWarning, requireClaim } from './claim.ts';
import { parseDiskProperties } from './properties.ts';
import { resizeDisk } from './resize.ts';

/**
 * Changes a disk's size and VolumeAttributesClass in place.
 * @param size in MiB
 * @param input the new cloud_properties
 * @throws CloudError NotSupported for a change that needs a new disk: a Director then copies
 */
export async function updateDisk(session: Session, claim: string, size: number, input: unknown): Promise<void> {
  const properties = parseDiskProperties(input);
  const { spec } = await requireClaim(session, claim);
  const storageClass = properties.storage_class ?? session.disks.storage_class;
  if (storageClass !== undefined && storageClass !== spec?.storageClassName) {
    throw new CloudError(
      'NotSupported',
      `disk ${claim} is of StorageClass ${spec?.storageClassName}: a disk cannot change its class`,
    );
  }
  const accessMode = properties.access_mode ?? session.disks.access_mode;
  if (spec?.accessModes?.includes(accessMode) !== true) {
    throw new CloudError(
      'NotSupported',
      `disk ${claim} is ${spec?.accessModes?.join(', ')}: a disk cannot change its access mode`,
    );
  }
  await resizeDisk(session, claim, size);
  const attributesClass = properties.volume_attributes_class;
  if (attributesClass !== undefined && attributesClass !== spec.volumeAttributesClassName) {
    await changeAttributes(session, claim, attributesClass);
  } else if (attributesClass === undefined && spec.volumeAttributesClassName !== undefined) {
    throw new CloudError(
      'NotSupported',
      `disk ${claim} has VolumeAttributesClass ${spec.volumeAttributesClassName}: a disk cannot lose it`,
    );
  }
}

async function changeAttributes(session: Session, claim: string, name: string): Promise<void> {
  const { core, storage, namespace } = session.cluster;
  try {
    await storage.readVolumeAttributesClass({ name });
  } catch (error) {
    if (isNotFound(error)) {
      throw new CloudError(
        'NotSupported',
        `the cluster has no VolumeAttributesClass ${name} (Kubernetes has them from 1.34 on)`,
      );
    }
    if (!isForbidden(error)) throw error;
  }
  const body = { spec: { volumeAttributesClassName: name } };
  await core.patchNamespacedPersistentVolumeClaim({ name: claim, namespace, body }, mergePatch);
  session.log(`waiting for claim ${claim} to take VolumeAttributesClass ${name}`);
  const seconds = session.timeouts.resize_disk;
  const outcome = await followClaim(session, claim, seconds, (now) => {
    if (now?.status?.currentVolumeAttributesClassName === name) return 'changed';
    const modify = now?.status?.modifyVolumeStatus;
    return modify?.targetVolumeAttributesClassName === name && modify.status === 'Infeasible'
      ? 'infeasible'
      : undefined;
  });
  if (outcome === 'changed') return;
  const why = outcome === 'infeasible' ? 'the storage calls it infeasible' : `not done within ${seconds} s`;
  throw new CloudError(
    'CloudError',
    `disk ${claim} cannot take VolumeAttributesClass ${name}: ${why}${await lastWarning(session, claim)}`,
  );
}
