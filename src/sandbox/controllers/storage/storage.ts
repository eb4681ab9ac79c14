import type { Cluster } from '../../../kubernetes/cluster.ts';
import { isNotFound } from '../../../kubernetes/errors.ts';
import type { ApiObject } from '../../api/object.ts';
import { type Informer, inform, keyOf } from '../informer.ts';
import { createQueue } from '../queue.ts';
import { createBinder } from './binder.ts';
import { createProvisioner } from './provisioner.ts';
import { createResizer } from './resizer.ts';
import { createSnapshotter, SNAPSHOTS } from './snapshotter.ts';

export interface StorageOptions {
  /** Binds claims and volumes too: for clusters without kube-controller-manager. */
  readonly bind: boolean;
  /** Serves VolumeSnapshots where the cluster has them; on by default. */
  readonly snapshots?: boolean;
  /** Time from a snapshot's cut until it is ready to use, in milliseconds. */
  readonly uploadMs?: number;
}

/** Plays a CSI driver with its sidecars: provisions, expands, snapshots, changes attributes. @returns the way to stop */
export async function startStorage(cluster: Cluster, options: StorageOptions): Promise<() => void> {
  const claimQueue = createQueue(async (key) => {
    if (options.bind) await binder.syncClaim(key);
    await provisioner.provision(key);
    return await resizer.resize(key);
  });
  const volumeQueue = createQueue(async (key) => {
    if (options.bind) await binder.syncVolume(key);
    return await provisioner.reclaim(key);
  });
  // Watches already speak while other collections are still being listed; what those list is looked at anyway.
  const known: { volumes?: Informer; contents?: Informer } = {};
  const later = (queue: { add(key: string): void }) => (current?: ApiObject, previous?: ApiObject) => {
    const object = current ?? previous;
    if (object !== undefined) setImmediate(() => queue.add(keyOf(object)));
  };
  /** A change elsewhere may let any claim go on. */
  const allClaims = () =>
    setImmediate(() => {
      for (const claim of claims.list()) claimQueue.add(keyOf(claim));
    });
  const allVolumes = () =>
    setImmediate(() => {
      for (const volume of known.volumes?.list() ?? []) volumeQueue.add(keyOf(volume));
    });
  const claims = await inform(cluster, '/api/v1/persistentvolumeclaims', {
    onChange(current, previous) {
      later(claimQueue)(current, previous);
      if (current === undefined) allVolumes();
    },
  });
  const [volumes, classes, attributes, pods] = await Promise.all([
    inform(cluster, '/api/v1/persistentvolumes', {
      onChange(current, previous) {
        later(volumeQueue)(current, previous);
        allClaims();
      },
    }),
    inform(cluster, '/apis/storage.k8s.io/v1/storageclasses', { onChange: allClaims }),
    inform(cluster, '/apis/storage.k8s.io/v1/volumeattributesclasses', { onChange: allClaims }),
    inform(cluster, '/api/v1/pods', {
      onChange(current, previous) {
        if (current?.status?.phase !== previous?.status?.phase) allClaims();
      },
    }),
  ]);
  known.volumes = volumes;
  const objects = { claims, volumes, classes, attributes, pods };
  const binder = createBinder(cluster, objects);
  const provisioner = createProvisioner(cluster, objects);
  const resizer = createResizer(cluster, objects);
  const stopSnapshots = options.snapshots === false ? () => undefined : await startSnapshots();

  /** Only where the cluster has the snapshot CRDs. */
  async function startSnapshots(): Promise<() => void> {
    try {
      await cluster.json({ method: 'GET', path: `${SNAPSHOTS}/volumesnapshots`, query: { limit: 1 } });
    } catch (error) {
      if (isNotFound(error)) return () => undefined;
      throw error;
    }
    const snapshotQueue = createQueue((key) => snapshotter.sync(key));
    const contentQueue = createQueue((key) => snapshotter.release(key));
    const allContents = () =>
      setImmediate(() => {
        for (const content of known.contents?.list() ?? []) contentQueue.add(keyOf(content));
      });
    const snapshots = await inform(cluster, `${SNAPSHOTS}/volumesnapshots`, {
      onChange(current, previous) {
        later(snapshotQueue)(current, previous);
        if (current === undefined) allContents();
      },
    });
    const contents = await inform(cluster, `${SNAPSHOTS}/volumesnapshotcontents`, { onChange: later(contentQueue) });
    known.contents = contents;
    const snapshotter = createSnapshotter(cluster, objects, snapshots, contents, { uploadMs: options.uploadMs ?? 0 });
    return () => {
      for (const part of [snapshotQueue, contentQueue, snapshots, contents]) part.stop();
    };
  }

  return () => {
    stopSnapshots();
    for (const part of [claimQueue, volumeQueue, claims, volumes, classes, attributes, pods]) part.stop();
  };
}
