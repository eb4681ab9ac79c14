import type { V1PersistentVolumeClaim } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeClaim.js';
import { CloudError } from '../bosh/cloud-error.ts';
import type { Session } from '../bosh/session.ts';
import { mergePatch } from '../kubernetes/patch.ts';
import { parseQuantity } from '../kubernetes/quantity.ts';
import { followClaim, lastWarning, requireClaim } from './claim.ts';
import { findStorageClass } from './storage-class.ts';
import { usersOf } from './users.ts';

const mebibyte = 1024 * 1024;

/**
 * Grows a disk. Returns when the volume is grown, and the file system with it where a machine has the disk; otherwise that grows at the next mount.
 * @param size in MiB
 * @throws CloudError DiskNotFound; NotSupported for what the cluster cannot do: a Director then copies to a new disk
 */
export async function resizeDisk(session: Session, claim: string, size: number): Promise<void> {
  const existing = await requireClaim(session, claim);
  const asked = parseQuantity(existing.spec?.resources?.requests?.storage);
  if (size * mebibyte < asked) {
    const now = Math.ceil(asked / mebibyte);
    throw new CloudError('NotSupported', `disk ${claim} has ${now} MiB: Kubernetes cannot shrink it to ${size} MiB`);
  }
  if (size * mebibyte > asked) await requestSize(session, existing, size);
  await awaitSize(session, claim, size * mebibyte);
}

async function requestSize(session: Session, existing: V1PersistentVolumeClaim, size: number): Promise<void> {
  const claim = existing.metadata?.name ?? '';
  if (existing.status?.phase !== 'Bound') {
    throw new CloudError(
      'NotSupported',
      `disk ${claim} has no volume yet (${existing.status?.phase}): nothing can be grown`,
    );
  }
  const className = existing.spec?.storageClassName;
  const storageClass = className ? await findStorageClass(session, className) : undefined;
  if (storageClass !== undefined && storageClass.allowVolumeExpansion !== true) {
    throw new CloudError(
      'NotSupported',
      `StorageClass ${className} of disk ${claim} does not allow expansion (allowVolumeExpansion)`,
    );
  }
  const { core, namespace } = session.cluster;
  const body = { spec: { resources: { requests: { storage: `${size}Mi` } } } };
  await core.patchNamespacedPersistentVolumeClaim({ name: claim, namespace, body }, mergePatch);
}

async function awaitSize(session: Session, claim: string, bytes: number): Promise<void> {
  session.log(`waiting for claim ${claim} to grow`);
  const seconds = session.timeouts.resize_disk;
  const outcome = await followClaim(session, claim, seconds, async (now) => {
    if (now === undefined) return new CloudError('DiskNotFound', `disk ${claim} was deleted meanwhile`);
    if (parseQuantity(now.status?.capacity?.storage) >= bytes) return 'grown';
    const conditions = now.status?.conditions?.filter(({ status }) => status === 'True') ?? [];
    // the volume is grown; its file system grows with whoever mounts it next, or now where it is mounted
    const waits = conditions.some(({ type }) => type === 'FileSystemResizePending');
    if (waits && (await usersOf(session, claim)).length === 0) return 'grown';
    const failed = conditions.find(({ type }) => type === 'ControllerResizeError' || type === 'NodeResizeError');
    if (now.status?.allocatedResourceStatuses?.storage?.endsWith('Infeasible')) {
      return new CloudError(
        'CloudError',
        `disk ${claim} cannot grow: ${failed?.message ?? 'the storage calls it infeasible'}`,
      );
    }
    return undefined;
  });
  if (outcome instanceof CloudError) throw outcome;
  if (outcome === undefined) {
    throw new CloudError(
      'CloudError',
      `disk ${claim} did not grow within ${seconds} s${await lastWarning(session, claim)}`,
    );
  }
}
