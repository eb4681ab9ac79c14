import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openApi } from './api.ts';
import { follow, type Metadata } from './follow.ts';
import {
  type Claim,
  claimPath,
  claimsPath,
  mergePatch,
  type Place,
  provisionerName,
  type Volume,
  volumesPath,
} from './place.ts';
import { copyOf, onSnapshot, snapshotPath, snapshotsPath, type VolumeSnapshot } from './snapshotter.ts';

interface StorageClass {
  readonly volumeBindingMode: string;
  readonly reclaimPolicy: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

const provisionedBy = 'pv.kubernetes.io/provisioned-by';

/** Bytes of a Kubernetes quantity, as storage sizes use it. */
export function bytesOf(quantity: string): number {
  const [, digits = '0', unit = ''] = /^([0-9.]+)([A-Za-z]*)$/.exec(quantity) ?? [];
  const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'].indexOf(unit);
  const decimal = ['', 'k', 'M', 'G', 'T', 'P'].indexOf(unit);
  return Number(digits) * (binary >= 0 ? 1024 ** binary : 1000 ** Math.max(decimal, 0));
}

async function warn({ api }: Place, claim: Claim, reason: string, message: string): Promise<void> {
  const { name, namespace, uid } = claim.metadata;
  const now = new Date().toISOString();
  await api.call('POST', `/api/v1/namespaces/${namespace}/events`, {
    metadata: { generateName: `${name}.`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid },
    ...{ reason, message, type: 'Warning', firstTimestamp: now, lastTimestamp: now, count: 1 },
    source: { component: provisionerName },
  });
}

function volumeOf(claim: Claim, storage: StorageClass, place: Place): Record<string, unknown> {
  const name = `pvc-${claim.metadata.uid}`;
  const here = { key: 'kubernetes.io/hostname', operator: 'In', values: [place.node] };
  return {
    metadata: { name, annotations: { [provisionedBy]: provisionerName } },
    spec: {
      capacity: { storage: claim.spec.resources.requests.storage },
      accessModes: claim.spec.accessModes,
      storageClassName: claim.spec.storageClassName,
      persistentVolumeReclaimPolicy: storage.reclaimPolicy,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...pick(claim.metadata) },
      ...(place.node === ''
        ? {}
        : { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } } }),
      hostPath: { path: join(place.there, name), type: 'Directory' },
    },
  };
}

function pick({ name, namespace, uid }: Metadata): Record<string, string> {
  return { name, namespace, uid };
}

/** The folder a claim wants a copy of: another claim's or a snapshot's. @throws until that is ready */
async function sourceOf(place: Place, { metadata, spec }: Claim): Promise<string | undefined> {
  const { dataSource } = spec;
  if (dataSource === undefined) return undefined;
  const named = { namespace: metadata.namespace, name: dataSource.name };
  if (dataSource.kind === 'VolumeSnapshot') {
    const snapshot = await place.api.call<VolumeSnapshot>('GET', snapshotPath(named)).catch(() => undefined);
    if (snapshot?.status?.readyToUse !== true) throw new Error(`snapshot ${dataSource.name} is not ready`);
    return copyOf(place, snapshot);
  }
  const claim = await place.api.call<Claim>('GET', claimPath(named)).catch(() => undefined);
  if (claim?.spec.volumeName === undefined) throw new Error(`claim ${dataSource.name} has no volume yet`);
  return join(place.here, claim.spec.volumeName);
}

/** Why no folder can be what a claim asks for. Kubernetes binds a claim with an attributes class to a volume with the same one only. */
function impossible({ spec }: Claim): string | undefined {
  if (spec.volumeMode === 'Block') return 'folders are no block devices';
  return spec.volumeAttributesClassName === undefined ? undefined : 'folders take an attributes class only once bound';
}

/** Makes the folder and the volume for a claim that asks for it; the cluster's own controller then binds the two. */
async function provision(place: Place, claim: Claim): Promise<void> {
  const { metadata, spec } = claim;
  const storage = await place.api.call<StorageClass>(
    'GET',
    `/apis/storage.k8s.io/v1/storageclasses/${spec.storageClassName}`,
  );
  const isPlaced = metadata.annotations?.['volume.kubernetes.io/selected-node'] !== undefined;
  if (storage.volumeBindingMode === 'WaitForFirstConsumer' && !isPlaced) return;
  // A class may be made to fail, as real ones do when a back end has no room.
  const failure = storage.parameters?.fail ?? impossible(claim);
  if (failure !== undefined) return warn(place, claim, 'ProvisioningFailed', failure);
  const folder = join(place.here, `pvc-${metadata.uid}`);
  const source = await sourceOf(place, claim);
  mkdirSync(folder, { recursive: true, mode: 0o777 });
  if (source !== undefined) cpSync(source, folder, { recursive: true, verbatimSymlinks: true });
  await place.api.call('POST', volumesPath, volumeOf(claim, storage, place));
}

/** Grows the volume to what the claim asks for: folders have no size, so it is the record that grows. */
async function expand({ api }: Place, claim: Claim): Promise<void> {
  const { storage } = claim.spec.resources.requests;
  const path = `${volumesPath}/${claim.spec.volumeName}`;
  const volume = await api.call<Volume>('GET', path);
  if (bytesOf(volume.spec.capacity.storage) < bytesOf(storage)) {
    await api.call('PATCH', path, { spec: { capacity: { storage } } }, mergePatch);
  }
  await api.call(
    'PATCH',
    `${claimPath(claim.metadata)}/status`,
    { status: { capacity: { storage }, conditions: [] } },
    mergePatch,
  );
}

/**
 * Says that the volume has the attributes class the claim asks for, or that the class is not there (yet). It stands on
 * the claim alone: Kubernetes lets only volumes of CSI drivers have it in their own spec.
 */
async function modify({ api }: Place, claim: Claim): Promise<void> {
  const target = claim.spec.volumeAttributesClassName;
  const path = `/apis/storage.k8s.io/v1/volumeattributesclasses/${target}`;
  const found = await api.call<{ driverName: string }>('GET', path).catch(() => undefined);
  const isOurs = found?.driverName === provisionerName;
  const waiting = { targetVolumeAttributesClassName: target, status: found === undefined ? 'Pending' : 'Infeasible' };
  const status = isOurs
    ? { currentVolumeAttributesClassName: target, modifyVolumeStatus: null }
    : { modifyVolumeStatus: waiting };
  await api.call('PATCH', `${claimPath(claim.metadata)}/status`, { status }, mergePatch);
  if (found === undefined) throw new Error(`volume attributes class ${target} is not there`);
}

async function onClaim(place: Place, claim: Claim): Promise<void> {
  const { metadata, spec, status } = claim;
  if (metadata.annotations?.['volume.kubernetes.io/storage-provisioner'] !== provisionerName) return;
  if (metadata.deletionTimestamp !== undefined) return;
  if (spec.volumeName === undefined) return provision(place, claim);
  if (status?.phase !== 'Bound') return;
  if (bytesOf(spec.resources.requests.storage) > bytesOf(status.capacity?.storage ?? '0')) await expand(place, claim);
  if (
    spec.volumeAttributesClassName !== undefined &&
    spec.volumeAttributesClassName !== status.currentVolumeAttributesClassName
  ) {
    await modify(place, claim);
  }
}

async function onVolume(place: Place, { metadata, spec, status }: Volume): Promise<void> {
  if (metadata.annotations?.[provisionedBy] !== provisionerName) return;
  if (status?.phase !== 'Released' || spec.persistentVolumeReclaimPolicy !== 'Delete') return;
  rmSync(join(place.here, metadata.name), { recursive: true, force: true });
  if (metadata.deletionTimestamp === undefined) await place.api.call('DELETE', `${volumesPath}/${metadata.name}`);
}

if (import.meta.main) {
  const [kubeconfig = '', here = '', there = '', node = ''] = process.argv.slice(2);
  const api = openApi(kubeconfig);
  const place: Place = { api, here, there, node };
  await Promise.all([
    follow<Claim>(api, claimsPath, (claim) => onClaim(place, claim)),
    follow<Volume>(api, volumesPath, (volume) => onVolume(place, volume)),
    follow<VolumeSnapshot>(api, snapshotsPath, (snapshot) => onSnapshot(place, snapshot)),
  ]);
}
