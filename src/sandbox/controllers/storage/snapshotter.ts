import type { Cluster } from '../../../kubernetes/cluster.ts';
import { isAlreadyExists, isNotFound } from '../../../kubernetes/errors.ts';
import { type ApiObject, view } from '../../api/object.ts';
import type { Informer } from '../informer.ts';
import { DRIVER, isOurs, type StorageObjects } from './provisioner.ts';

export const SNAPSHOTS = '/apis/snapshot.storage.k8s.io/v1';

interface SnapshotSpec {
  readonly volumeSnapshotClassName?: string;
  readonly source?: { readonly persistentVolumeClaimName?: string };
}

interface SnapshotStatus {
  readonly boundVolumeSnapshotContentName?: string;
  readonly readyToUse?: boolean;
}

export interface SnapshotterOptions {
  /** Time between the cut and readyToUse, in milliseconds: the upload. */
  readonly uploadMs: number;
}

/** The snapshot controller and its sidecar: contents for snapshots, and their end. */
export function createSnapshotter(
  cluster: Cluster,
  { claims, volumes }: StorageObjects,
  snapshots: Informer,
  contents: Informer,
  { uploadMs }: SnapshotterOptions,
) {
  async function sync(key: string): Promise<number | undefined> {
    const [namespace = '', name = ''] = key.split('/');
    const snapshot = snapshots.get(namespace, name);
    if (snapshot === undefined || snapshot.metadata.deletionTimestamp !== undefined) return undefined;
    const status = view<SnapshotStatus>(snapshot.status ?? {});
    if (status.readyToUse) return undefined;
    const spec = view<SnapshotSpec>(snapshot.spec ?? {});
    const claimName = spec.source?.persistentVolumeClaimName;
    if (claimName === undefined || !(await isForUs(spec.volumeSnapshotClassName))) return undefined;
    const claim = claims.get(namespace, claimName);
    const volume = volumes.get('', String(claim?.spec?.volumeName ?? ''));
    if (claim === undefined || volume === undefined) {
      const message =
        claim === undefined
          ? `Failed to create snapshot content with error snapshot controller failed to update ${name} on API server: cannot get claim from snapshot`
          : `Failed to create snapshot content with error snapshot controller failed to update ${name} on API server: the PVC ${claimName} is not yet bound to a PV, will not attempt to take a snapshot`;
      await report(snapshot, { readyToUse: false, error: { message, time: new Date().toISOString() } });
      return 500;
    }
    if (!isOurs(volume)) return undefined;
    const content = `snapcontent-${snapshot.metadata.uid}`;
    const restoreSize = view<{ capacity?: { storage?: string } }>(volume.spec ?? {}).capacity?.storage;
    if (status.boundVolumeSnapshotContentName === undefined) {
      await makeContent(snapshot, spec, volume, content);
      await report(snapshot, {
        boundVolumeSnapshotContentName: content,
        creationTime: new Date().toISOString(),
        readyToUse: uploadMs === 0,
        restoreSize,
        error: null,
      });
      return uploadMs;
    }
    await report(snapshot, { readyToUse: true });
    return undefined;
  }

  /** Snapshots of another driver's class are that driver's; without a class the volume decides. */
  async function isForUs(className: string | undefined): Promise<boolean> {
    if (className === undefined) return true;
    try {
      const path = `${SNAPSHOTS}/volumesnapshotclasses/${className}`;
      return (await cluster.json<ApiObject>({ method: 'GET', path })).driver === DRIVER;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  async function makeContent(snapshot: ApiObject, spec: SnapshotSpec, volume: ApiObject, name: string): Promise<void> {
    const { namespace, name: snapshotName, uid, resourceVersion } = snapshot.metadata;
    const body = {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshotContent',
      metadata: { name },
      spec: {
        deletionPolicy: 'Delete',
        driver: DRIVER,
        source: { volumeHandle: volume.metadata.name },
        volumeSnapshotClassName: spec.volumeSnapshotClassName,
        volumeSnapshotRef: {
          apiVersion: snapshot.apiVersion,
          kind: 'VolumeSnapshot',
          namespace,
          name: snapshotName,
          uid,
          resourceVersion,
        },
      },
    };
    try {
      await cluster.json({ method: 'POST', path: `${SNAPSHOTS}/volumesnapshotcontents`, body });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    const status = { readyToUse: true, snapshotHandle: `snap-${uid}`, creationTime: Date.now() * 1_000_000 };
    await cluster.json({
      method: 'PATCH',
      path: `${SNAPSHOTS}/volumesnapshotcontents/${name}/status`,
      body: { status },
    });
  }

  /** A content whose snapshot is gone goes too. */
  async function release(key: string): Promise<number | undefined> {
    const content = contents.get('', key.slice(1));
    const reference = view<{ volumeSnapshotRef?: { namespace: string; name: string; uid?: string } }>(
      content?.spec ?? {},
    );
    if (content === undefined || reference.volumeSnapshotRef === undefined) return undefined;
    const { namespace, name, uid } = reference.volumeSnapshotRef;
    if (snapshots.get(namespace, name)?.metadata.uid === uid || content.spec?.deletionPolicy !== 'Delete')
      return undefined;
    try {
      await cluster.json({ method: 'DELETE', path: `${SNAPSHOTS}/volumesnapshotcontents/${content.metadata.name}` });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return undefined;
  }

  async function report(snapshot: ApiObject, status: object): Promise<void> {
    const { namespace, name } = snapshot.metadata;
    const path = `${SNAPSHOTS}/namespaces/${namespace}/volumesnapshots/${name}/status`;
    await cluster.json({ method: 'PATCH', path, body: { status } });
  }

  return { sync, release };
}
