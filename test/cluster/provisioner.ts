import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, openApi, StatusError } from './api.ts';

/** The provisioner and driver name of our storage and volume attributes classes. */
export const provisionerName = 'folders.kubernetes-cpi.test';

interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
}

interface Claim {
  readonly metadata: Metadata;
  readonly spec: {
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly volumeMode?: string;
    readonly accessModes: readonly string[];
    readonly resources: { readonly requests: { readonly storage: string } };
    readonly dataSource?: { readonly kind: string; readonly name: string };
    readonly volumeAttributesClassName?: string;
  };
  readonly status?: {
    readonly phase?: string;
    readonly capacity?: { readonly storage: string };
    readonly currentVolumeAttributesClassName?: string;
  };
}

interface Volume {
  readonly metadata: Metadata;
  readonly spec: { readonly capacity: { readonly storage: string }; readonly persistentVolumeReclaimPolicy: string };
  readonly status?: { readonly phase?: string };
}

interface StorageClass {
  readonly volumeBindingMode: string;
  readonly reclaimPolicy: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

interface Place {
  readonly api: Api;
  /** Folder of the volumes on this side and as the kubelet sees it. */
  readonly here: string;
  readonly there: string;
  /** Where the folders are; without a node every place is as good. */
  readonly node: string;
}

const claimsPath = '/api/v1/persistentvolumeclaims';
const volumesPath = '/api/v1/persistentvolumes';
const provisionedBy = 'pv.kubernetes.io/provisioned-by';
const mergePatch = 'application/merge-patch+json';

/** Bytes of a Kubernetes quantity, as storage sizes use it. */
export function bytesOf(quantity: string): number {
  const [, digits = '0', unit = ''] = /^([0-9.]+)([A-Za-z]*)$/.exec(quantity) ?? [];
  const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'].indexOf(unit);
  const decimal = ['', 'k', 'M', 'G', 'T', 'P'].indexOf(unit);
  return Number(digits) * (binary >= 0 ? 1024 ** binary : 1000 ** Math.max(decimal, 0));
}

function claimPath({ metadata }: Claim): string {
  return `/api/v1/namespaces/${metadata.namespace}/persistentvolumeclaims/${metadata.name}`;
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
      volumeAttributesClassName: claim.spec.volumeAttributesClassName,
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
  const failure =
    storage.parameters?.fail ?? (spec.volumeMode === 'Block' ? 'folders are no block devices' : undefined);
  if (failure !== undefined) return warn(place, claim, 'ProvisioningFailed', failure);
  const folder = join(place.here, `pvc-${metadata.uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o777 });
  if (spec.dataSource?.kind === 'PersistentVolumeClaim') {
    const source = await place.api.call<Claim>(
      'GET',
      claimPath({ ...claim, metadata: { ...metadata, name: spec.dataSource.name } }),
    );
    cpSync(join(place.here, source.spec.volumeName ?? ''), folder, { recursive: true, verbatimSymlinks: true });
  }
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
    `${claimPath(claim)}/status`,
    { status: { capacity: { storage }, conditions: [] } },
    mergePatch,
  );
}

/** Gives the volume the attributes class the claim asks for, or says that the class is not there (yet). */
async function modify({ api }: Place, claim: Claim): Promise<void> {
  const target = claim.spec.volumeAttributesClassName;
  const path = `/apis/storage.k8s.io/v1/volumeattributesclasses/${target}`;
  const found = await api.call<{ driverName: string }>('GET', path).catch(() => undefined);
  const isOurs = found?.driverName === provisionerName;
  if (isOurs) {
    await api.call(
      'PATCH',
      `${volumesPath}/${claim.spec.volumeName}`,
      { spec: { volumeAttributesClassName: target } },
      mergePatch,
    );
  }
  const waiting = { targetVolumeAttributesClassName: target, status: found === undefined ? 'Pending' : 'Infeasible' };
  const status = isOurs
    ? { currentVolumeAttributesClassName: target, modifyVolumeStatus: null }
    : { modifyVolumeStatus: waiting };
  await api.call('PATCH', `${claimPath(claim)}/status`, { status }, mergePatch);
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

function isSettled(error: unknown): boolean {
  return error instanceof StatusError && [404, 409].includes(error.status);
}

/** Follows a collection for ever: each object as it is now and after each change, one after another, failures again after a second. */
async function follow<T extends { metadata: Metadata }>(
  place: Place,
  path: string,
  act: (place: Place, object: T) => Promise<void>,
): Promise<void> {
  const latest = new Map<string, T>();
  let queue = Promise.resolve();
  const attempt = async (uid: string): Promise<void> => {
    const object = latest.get(uid);
    try {
      if (object !== undefined) await act(place, object);
    } catch (error) {
      if (isSettled(error)) return;
      console.error(
        `${new Date().toISOString()} ${object?.metadata.name}: ${error instanceof Error ? error.message : error}`,
      );
      setTimeout(enqueue, 1000, uid);
    }
  };
  const enqueue = (uid: string): void => {
    queue = queue.then(() => attempt(uid));
  };
  const take = (type: string, object: T): void => {
    if (type === 'DELETED') latest.delete(object.metadata.uid);
    else if (latest.set(object.metadata.uid, object)) enqueue(object.metadata.uid);
  };
  for (;;) {
    try {
      const list = await place.api.call<{ items: T[]; metadata: { resourceVersion: string } }>('GET', path);
      latest.clear();
      for (const object of list.items) take('ADDED', object);
      const from = `${path}?watch=true&resourceVersion=${list.metadata.resourceVersion}`;
      const expired = new AbortController();
      await place.api.watch(
        from,
        (type, object) => (type === 'ERROR' ? expired.abort() : take(type, object as unknown as T)),
        expired.signal,
      );
    } catch (error) {
      console.error(`${new Date().toISOString()} ${path}: ${error instanceof Error ? error.message : error}`);
      await sleep(500);
    }
  }
}

if (import.meta.main) {
  const [kubeconfig = '', here = '', there = '', node = ''] = process.argv.slice(2);
  const place: Place = { api: openApi(kubeconfig), here, there, node };
  await Promise.all([follow(place, claimsPath, onClaim), follow(place, volumesPath, onVolume)]);
}
