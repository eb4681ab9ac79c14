import type { V1ObjectReference } from '@kubernetes/client-node/dist/gen/models/V1ObjectReference.js';
import type { V1PersistentVolumeClaimSpec } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeClaimSpec.js';
import type { V1PersistentVolumeSpec } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeSpec.js';
import type { Cluster } from '../../../kubernetes/cluster.ts';
import { type ApiObject, view } from '../../api/object.ts';
import { quantity } from '../../api/quantity.ts';
import { createRecorder } from '../events.ts';
import { SELECTED_NODE, type StorageObjects } from './provisioner.ts';

const BOUND = 'pv.kubernetes.io/bind-completed';
const BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
const PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
const BETA_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner';

/** The persistent volume controller's part, for clusters that have none: claims and volumes find each other. */
export function createBinder(cluster: Cluster, { claims, volumes, classes }: StorageObjects) {
  const record = createRecorder(cluster, 'persistentvolume-controller');

  async function syncClaim(key: string): Promise<number | undefined> {
    const [namespace = '', name = ''] = key.split('/');
    const claim = claims.get(namespace, name);
    if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) return undefined;
    const spec = view<V1PersistentVolumeClaimSpec>(claim.spec ?? {});
    if (claim.status?.phase === 'Bound') {
      if (volumes.get('', spec.volumeName ?? '') === undefined) await setClaim(claim, { status: { phase: 'Lost' } });
      return undefined;
    }
    const volume = volumes.list().find((candidate) => fits(candidate, claim, spec));
    if (volume === undefined) {
      explain(claim, spec);
      await nameProvisioner(claim, spec);
      return undefined;
    }
    await bind(claim, spec, volume);
    return undefined;
  }

  /** Tells the external provisioner that it is its turn. */
  async function nameProvisioner(claim: ApiObject, spec: V1PersistentVolumeClaimSpec): Promise<void> {
    const storageClass = classes.get('', spec.storageClassName ?? '');
    const annotations = claim.metadata.annotations ?? {};
    if (storageClass === undefined || annotations[PROVISIONER] !== undefined) return;
    const provisioner = String(storageClass.provisioner);
    const waits = storageClass.volumeBindingMode === 'WaitForFirstConsumer' && !annotations[SELECTED_NODE];
    if (waits || provisioner === 'kubernetes.io/no-provisioner') return;
    const { namespace, name } = claim.metadata;
    const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`;
    const body = { metadata: { annotations: { [PROVISIONER]: provisioner, [BETA_PROVISIONER]: provisioner } } };
    await cluster.json({ method: 'PATCH', path, body });
  }

  function explain(claim: ApiObject, spec: V1PersistentVolumeClaimSpec): void {
    const name = spec.storageClassName ?? '';
    const storageClass = classes.get('', name);
    if (name === '') {
      record(
        claim,
        'Normal',
        'FailedBinding',
        'no persistent volumes available for this claim and no storage class is set',
      );
    } else if (storageClass === undefined) {
      record(claim, 'Warning', 'ProvisioningFailed', `storageclass.storage.k8s.io "${name}" not found`);
    } else if (
      storageClass.volumeBindingMode === 'WaitForFirstConsumer' &&
      !claim.metadata.annotations?.[SELECTED_NODE]
    ) {
      record(claim, 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
    } else {
      const text = `Waiting for a volume to be created either by the external provisioner '${storageClass.provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
      record(claim, 'Normal', 'ExternalProvisioning', text);
    }
  }

  function fits(volume: ApiObject, claim: ApiObject, spec: V1PersistentVolumeClaimSpec): boolean {
    const candidate = view<V1PersistentVolumeSpec>(volume.spec ?? {});
    if (volume.metadata.deletionTimestamp !== undefined) return false;
    const reference = candidate.claimRef;
    if (reference !== undefined) return refersTo(reference, claim);
    if (spec.volumeName) return volume.metadata.name === spec.volumeName;
    const waits = view<{ volumeBindingMode?: string }>(
      classes.get('', spec.storageClassName ?? '') ?? {},
    ).volumeBindingMode;
    if (waits === 'WaitForFirstConsumer' && !claim.metadata.annotations?.[SELECTED_NODE]) return false;
    const size = quantity(candidate.capacity?.storage) ?? 0n;
    return (
      (candidate.storageClassName ?? '') === (spec.storageClassName ?? '') &&
      size >= (quantity(spec.resources?.requests?.storage) ?? 0n) &&
      (spec.accessModes ?? []).every((mode) => candidate.accessModes?.includes(mode))
    );
  }

  async function bind(claim: ApiObject, spec: V1PersistentVolumeClaimSpec, volume: ApiObject): Promise<void> {
    const { namespace, name, uid, resourceVersion } = claim.metadata;
    const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion };
    await setVolume(volume, { spec: { claimRef }, status: { phase: 'Bound' } });
    const details = view<V1PersistentVolumeSpec>(volume.spec ?? {});
    if (!spec.volumeName || !claim.metadata.annotations?.[BOUND]) {
      const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`;
      const annotations = { [BOUND]: 'yes', ...(spec.volumeName ? {} : { [BY_CONTROLLER]: 'yes' }) };
      const body = { metadata: { annotations }, spec: { volumeName: volume.metadata.name } };
      await cluster.json({ method: 'PATCH', path, body });
    }
    const attributes = spec.volumeAttributesClassName;
    await setClaim(claim, {
      status: {
        phase: 'Bound',
        accessModes: details.accessModes,
        capacity: details.capacity,
        ...(attributes ? { currentVolumeAttributesClassName: attributes } : {}),
      },
    });
  }

  /** A volume whose claim is gone is released; one that nobody claimed is available. */
  async function syncVolume(key: string): Promise<number | undefined> {
    const volume = volumes.get('', key.slice(1));
    if (volume === undefined || volume.metadata.deletionTimestamp !== undefined) return undefined;
    const reference = view<V1PersistentVolumeSpec>(volume.spec ?? {}).claimRef;
    if (reference === undefined) {
      if (volume.status?.phase !== 'Available') await setVolume(volume, { status: { phase: 'Available' } });
      return undefined;
    }
    const claim = claims.get(reference.namespace ?? '', reference.name ?? '');
    const gone = claim === undefined || (reference.uid !== undefined && claim.metadata.uid !== reference.uid);
    if (gone && reference.uid !== undefined && volume.status?.phase === 'Bound') {
      await setVolume(volume, { status: { phase: 'Released' } });
    }
    return undefined;
  }

  async function setVolume(volume: ApiObject, change: { spec?: object; status: object }): Promise<void> {
    const path = `/api/v1/persistentvolumes/${volume.metadata.name}`;
    if (change.spec !== undefined) await cluster.json({ method: 'PATCH', path, body: { spec: change.spec } });
    await cluster.json({ method: 'PATCH', path: `${path}/status`, body: { status: change.status } });
  }

  async function setClaim(claim: ApiObject, body: { status: object }): Promise<void> {
    const { namespace, name } = claim.metadata;
    const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}/status`;
    await cluster.json({ method: 'PATCH', path, body });
  }

  return { syncClaim, syncVolume };
}

function refersTo(reference: V1ObjectReference, claim: ApiObject): boolean {
  const { namespace, name, uid } = claim.metadata;
  return reference.namespace === namespace && reference.name === name && (!reference.uid || reference.uid === uid);
}
