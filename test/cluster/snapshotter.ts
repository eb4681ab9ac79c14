import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Metadata } from './follow.ts';
import { type Claim, claimPath, mergePatch, type Place, provisionerName, type Volume, volumesPath } from './place.ts';

const group = '/apis/snapshot.storage.k8s.io/v1';

/** Every snapshot of the cluster. */
export const snapshotsPath = `${group}/volumesnapshots`;

/** Keeps a snapshot until its copy is gone, as the real controller's of the same name does. */
const finalizer = 'snapshot.storage.kubernetes.io/volumesnapshot-bound-protection';

export interface VolumeSnapshot {
  readonly metadata: Metadata;
  readonly spec: {
    readonly volumeSnapshotClassName?: string;
    readonly source: { readonly persistentVolumeClaimName?: string };
  };
  readonly status?: { readonly readyToUse?: boolean; readonly boundVolumeSnapshotContentName?: string };
}

interface SnapshotClass {
  readonly metadata: Metadata;
  readonly driver: string;
  readonly deletionPolicy: string;
}

/** Path of a snapshot. */
export function snapshotPath({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${group}/namespaces/${namespace}/volumesnapshots/${name}`;
}

/** The folder of a snapshot's copy. */
export function copyOf(place: Place, { metadata }: VolumeSnapshot): string {
  return join(place.here, `snapcontent-${metadata.uid}`);
}

async function classOf({ api }: Place, { spec }: VolumeSnapshot): Promise<SnapshotClass | undefined> {
  const { items } = await api.call<{ items: SnapshotClass[] }>('GET', `${group}/volumesnapshotclasses`);
  const isDefault = ({ metadata }: SnapshotClass): boolean =>
    metadata.annotations?.['snapshot.storage.kubernetes.io/is-default-class'] === 'true';
  const name = spec.volumeSnapshotClassName;
  return items.find((each) => (name === undefined ? isDefault(each) : each.metadata.name === name));
}

async function report({ api }: Place, snapshot: VolumeSnapshot, status: unknown): Promise<void> {
  await api.call('PATCH', `${snapshotPath(snapshot.metadata)}/status`, { status }, mergePatch);
}

async function cut(place: Place, snapshot: VolumeSnapshot, using: SnapshotClass, volume: Volume): Promise<void> {
  const { namespace, name, uid } = snapshot.metadata;
  const content = `snapcontent-${uid}`;
  const finalizers = [...(snapshot.metadata.finalizers ?? []), finalizer];
  await place.api.call('PATCH', snapshotPath(snapshot.metadata), { metadata: { finalizers } }, mergePatch);
  cpSync(join(place.here, volume.metadata.name), copyOf(place, snapshot), { recursive: true, verbatimSymlinks: true });
  await place.api.call('POST', `${group}/volumesnapshotcontents`, {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshotContent',
    metadata: { name: content },
    spec: {
      driver: provisionerName,
      deletionPolicy: using.deletionPolicy,
      source: { volumeHandle: volume.metadata.name },
      volumeSnapshotClassName: using.metadata.name,
      volumeSnapshotRef: { kind: 'VolumeSnapshot', namespace, name, uid },
    },
  });
  const restoreSize = volume.spec.capacity.storage;
  const creationTime = new Date().toISOString();
  await report(place, snapshot, {
    boundVolumeSnapshotContentName: content,
    ...{ creationTime, restoreSize, readyToUse: true, error: null },
  });
}

async function release(place: Place, snapshot: VolumeSnapshot): Promise<void> {
  const { metadata, status } = snapshot;
  if (!metadata.finalizers?.includes(finalizer)) return;
  rmSync(copyOf(place, snapshot), { recursive: true, force: true });
  const content = status?.boundVolumeSnapshotContentName;
  if (content !== undefined) {
    await place.api.call('DELETE', `${group}/volumesnapshotcontents/${content}`).catch(() => undefined);
  }
  const finalizers = metadata.finalizers.filter((each) => each !== finalizer);
  await place.api.call('PATCH', snapshotPath(metadata), { metadata: { finalizers } }, mergePatch);
}

/** Copies the volume's folder for a new snapshot, and removes the copy of one that is deleted. */
export async function onSnapshot(place: Place, snapshot: VolumeSnapshot): Promise<void> {
  const { metadata, spec, status } = snapshot;
  if (metadata.deletionTimestamp !== undefined) return release(place, snapshot);
  if (status?.readyToUse === true) return;
  const using = await classOf(place, snapshot);
  if (using?.driver !== provisionerName) return;
  const path = claimPath({ namespace: metadata.namespace, name: spec.source.persistentVolumeClaimName ?? '' });
  const claim = await place.api.call<Claim>('GET', path).catch(() => undefined);
  const bound = claim?.status?.phase === 'Bound' ? claim.spec.volumeName : undefined;
  if (bound === undefined) {
    const message = claim === undefined ? 'cannot get claim from snapshot' : 'the claim is not bound to a volume';
    await report(place, snapshot, { readyToUse: false, error: { message, time: new Date().toISOString() } });
    throw new Error(message);
  }
  await cut(place, snapshot, using, await place.api.call<Volume>('GET', `${volumesPath}/${bound}`));
}
