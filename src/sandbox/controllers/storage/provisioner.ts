import type { V1PersistentVolumeClaimSpec } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeClaimSpec.js';
import type { Cluster } from '../../../kubernetes/cluster.ts';
import { isAlreadyExists, isNotFound } from '../../../kubernetes/errors.ts';
import { type ApiObject, view } from '../../api/object.ts';
import { createRecorder } from '../events.ts';
import type { Informer } from '../informer.ts';

/** The driver the storage double plays. */
export const DRIVER = 'sandbox.kubernetes-cpi.dev';
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';

export interface StorageObjects {
  readonly claims: Informer;
  readonly volumes: Informer;
  readonly classes: Informer;
}

interface StorageClass {
  readonly provisioner: string;
  readonly reclaimPolicy?: string;
  readonly volumeBindingMode?: string;
  readonly parameters?: Record<string, string>;
}

/** The external provisioner's part: a volume for every claim of our classes, and its end. */
export function createProvisioner(cluster: Cluster, { claims, volumes, classes }: StorageObjects) {
  const record = createRecorder(cluster, DRIVER);

  /** Makes the volume of a claim that has none. */
  async function provision(key: string): Promise<number | undefined> {
    const [namespace = '', name = ''] = key.split('/');
    const claim = claims.get(namespace, name);
    if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) return undefined;
    const spec = view<V1PersistentVolumeClaimSpec>(claim.spec ?? {});
    const storageClass = classes.get('', spec.storageClassName ?? '');
    if (spec.volumeName || storageClass === undefined) return undefined;
    const { provisioner, volumeBindingMode, reclaimPolicy, parameters } = view<StorageClass>(storageClass);
    if (provisioner !== DRIVER) return undefined;
    const node = claim.metadata.annotations?.[SELECTED_NODE];
    if (volumeBindingMode === 'WaitForFirstConsumer' && node === undefined) return undefined;
    if (parameters?.fail !== undefined) {
      record(
        claim,
        'Warning',
        'ProvisioningFailed',
        `failed to provision volume with StorageClass "${spec.storageClassName}": ${parameters.fail}`,
      );
      return undefined;
    }
    const volumeName = `pvc-${claim.metadata.uid}`;
    if (volumes.get('', volumeName) !== undefined) return undefined;
    try {
      await cluster.json({
        method: 'POST',
        path: '/api/v1/persistentvolumes',
        body: volumeOf(
          claim,
          spec,
          volumeName,
          reclaimPolicy ?? 'Delete',
          parameters?.topology === 'node' ? node : undefined,
        ),
      });
      record(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${volumeName}`);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    return undefined;
  }

  /** Takes a released volume with reclaim policy Delete away. */
  async function reclaim(key: string): Promise<number | undefined> {
    const volume = volumes.get('', key.slice(1));
    if (volume === undefined || !isOurs(volume)) return undefined;
    const released = volume.status?.phase === 'Released' && volume.spec?.persistentVolumeReclaimPolicy === 'Delete';
    if (!released) return undefined;
    const path = `/api/v1/persistentvolumes/${volume.metadata.name}`;
    try {
      await cluster.json({ method: 'DELETE', path });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return undefined;
  }

  return { provision, reclaim };
}

export function isOurs(volume: ApiObject): boolean {
  return view<{ csi?: { driver?: string } }>(volume.spec ?? {}).csi?.driver === DRIVER;
}

function volumeOf(
  claim: ApiObject,
  spec: V1PersistentVolumeClaimSpec,
  name: string,
  reclaimPolicy: string,
  node?: string,
) {
  const { namespace, name: claimName, uid, resourceVersion } = claim.metadata;
  const terms =
    node === undefined
      ? undefined
      : [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }];
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, annotations: { 'pv.kubernetes.io/provisioned-by': DRIVER } },
    spec: {
      capacity: { storage: spec.resources?.requests?.storage },
      accessModes: spec.accessModes,
      volumeMode: spec.volumeMode,
      storageClassName: spec.storageClassName,
      ...(spec.volumeAttributesClassName ? { volumeAttributesClassName: spec.volumeAttributesClassName } : {}),
      persistentVolumeReclaimPolicy: reclaimPolicy,
      csi: { driver: DRIVER, volumeHandle: name, fsType: 'ext4' },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: claimName, uid, resourceVersion },
      ...(terms === undefined ? {} : { nodeAffinity: { required: { nodeSelectorTerms: terms } } }),
    },
  };
}
