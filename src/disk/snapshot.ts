import { CloudError } from '../bosh/cloud-error.ts';
import { diskIdLabel, metadataAnnotation, metadataLabels } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { isAlreadyExists, isNotFound } from '../kubernetes/errors.ts';
import { FollowTimeout, follow } from '../kubernetes/follow.ts';
import { requireClaim } from './claim.ts';
import { answered, sweepUnanswered, unanswered } from './unanswered.ts';

/** What we read of a VolumeSnapshot (snapshot.storage.k8s.io/v1). */
interface VolumeSnapshot {
  readonly metadata?: { readonly uid?: string };
  readonly status?: {
    readonly boundVolumeSnapshotContentName?: string;
    /** Set when the storage has cut the snapshot. */
    readonly creationTime?: string;
    readonly readyToUse?: boolean;
    readonly error?: { readonly message?: string };
  };
}

function snapshotsOf(session: Session): string {
  return `/apis/snapshot.storage.k8s.io/v1/namespaces/${session.cluster.namespace}/volumesnapshots`;
}

/**
 * Takes a snapshot of a disk. Returns once it is cut: a Director asks before every stop, and the upload may go on while the machine is down.
 * @param metadata kept on the snapshot
 * @returns the snapshot's name
 * @throws CloudError NotImplemented where the cluster has no snapshots, which a Director tolerates; DiskNotFound; CloudError when the storage fails
 */
export async function snapshotDisk(
  session: Session,
  claim: string,
  metadata: Readonly<Record<string, unknown>>,
): Promise<string> {
  const path = snapshotsOf(session);
  const [existing] = await Promise.all([requireClaim(session, claim), sweepUnanswered(session, path)]);
  if (existing.status?.phase !== 'Bound') {
    throw new CloudError(
      'CloudError',
      `disk ${claim} has no volume yet (${existing.status?.phase}): attach it before a snapshot`,
    );
  }
  const seconds = session.timeouts.snapshot_disk;
  const name = `snapshot-${crypto.randomUUID()}`;
  const diskId = existing.metadata?.labels?.[diskIdLabel];
  await orNotImplemented(() =>
    session.cluster.json({
      method: 'POST',
      path,
      body: {
        apiVersion: 'snapshot.storage.k8s.io/v1',
        kind: 'VolumeSnapshot',
        metadata: {
          name,
          labels: {
            ...metadataLabels(metadata),
            ...unanswered(seconds),
            ...(diskId !== undefined && { [diskIdLabel]: diskId }),
          },
          annotations: { [metadataAnnotation]: JSON.stringify(metadata) },
        },
        spec: { source: { persistentVolumeClaimName: claim } },
      },
    }),
  );
  session.log(`waiting for snapshot ${name} of ${claim} to be cut`);
  let last: VolumeSnapshot['status'];
  const cut = await followSnapshot(session, name, seconds, ({ status } = {}) => {
    last = status;
    return status?.creationTime !== undefined || status?.readyToUse === true ? true : undefined;
  });
  if (cut) {
    await answered(session, `${path}/${name}`);
    return name;
  }
  await deleteSnapshot(session, name);
  throw new CloudError('CloudError', `snapshot of disk ${claim} was not cut within ${seconds} s: ${whyNotCut(last)}`);
}

/** Who has not done its part: the storage says an error, or one of the two controllers on the way has not acted (kubernetes-csi, "Snapshot Controller"). */
function whyNotCut(status: VolumeSnapshot['status']): string {
  if (status?.error?.message !== undefined) return status.error.message;
  return status?.boundVolumeSnapshotContentName === undefined
    ? 'nothing has taken it up: does the snapshot-controller run, and is there a VolumeSnapshotClass for the driver of the disk?'
    : `the storage has not acted on ${status.boundVolumeSnapshotContentName}: does its driver's csi-snapshotter run?`;
}

/** Deletes a snapshot; one that is not there is success. @throws CloudError NotImplemented where the cluster has no snapshots */
export async function deleteSnapshot(session: Session, name: string): Promise<void> {
  const path = snapshotsOf(session);
  // a cluster without snapshots answers 404 to everything: its listing tells it from a snapshot that is gone
  await orNotImplemented(() => session.cluster.json({ method: 'GET', path, query: { limit: 1 } }));
  try {
    await session.cluster.json({ method: 'DELETE', path: `${path}/${name}` });
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  const seconds = session.timeouts.snapshot_disk;
  const gone = await followSnapshot(session, name, seconds, (snapshot) => (snapshot === undefined ? true : undefined));
  if (!gone)
    throw new CloudError(
      'CloudError',
      `snapshot ${name} is not gone after ${seconds} s: see the snapshot controller's log`,
    );
}

async function followSnapshot(
  session: Session,
  name: string,
  seconds: number,
  decide: (snapshot: VolumeSnapshot | undefined) => true | undefined,
): Promise<boolean> {
  try {
    return await follow<VolumeSnapshot, true>(session.cluster, { path: snapshotsOf(session) }, name, {
      timeoutMs: seconds * 1000,
      decide,
    });
  } catch (error) {
    if (error instanceof FollowTimeout) return false;
    throw error;
  }
}

async function orNotImplemented(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    // nobody else makes the name: a first try got through whose answer was lost
    if (isAlreadyExists(error)) return;
    if (!isNotFound(error)) throw error;
    throw new CloudError(
      'NotImplemented',
      'the cluster has no VolumeSnapshots (their CustomResourceDefinitions are not installed)',
    );
  }
}
