import type { V1PersistentVolumeClaimSpec } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeClaimSpec.js';
import type { V1PersistentVolumeClaimStatus } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeClaimStatus.js';
import type { Cluster } from '../../../kubernetes/cluster.ts';
import { type ApiObject, timestamp, view } from '../../api/object.ts';
import { quantity } from '../../api/quantity.ts';
import { createRecorder } from '../events.ts';
import type { Informer } from '../informer.ts';
import { isOurs, type StorageObjects } from './provisioner.ts';

export interface ResizerObjects extends StorageObjects {
  readonly pods: Informer;
  readonly attributes: Informer;
}

/** The external resizer's part and, for the file system, the node's: bigger claims, other attributes. */
export function createResizer(cluster: Cluster, { claims, volumes, pods, attributes }: ResizerObjects) {
  const record = createRecorder(cluster, 'external-resizer sandbox.kubernetes-cpi.dev');

  async function resize(key: string): Promise<number | undefined> {
    const [namespace = '', name = ''] = key.split('/');
    const claim = claims.get(namespace, name);
    if (claim === undefined || claim.status?.phase !== 'Bound') return undefined;
    const spec = view<V1PersistentVolumeClaimSpec>(claim.spec ?? {});
    const status = view<V1PersistentVolumeClaimStatus>(claim.status);
    const volume = volumes.get('', spec.volumeName ?? '');
    if (volume === undefined || !isOurs(volume)) return undefined;
    await expand(claim, spec, status, volume);
    await modify(claim, spec, status, volume);
    return undefined;
  }

  async function expand(
    claim: ApiObject,
    spec: V1PersistentVolumeClaimSpec,
    status: V1PersistentVolumeClaimStatus,
    volume: ApiObject,
  ): Promise<void> {
    const wanted = spec.resources?.requests?.storage ?? '0';
    if ((quantity(wanted) ?? 0n) <= (quantity(status.capacity?.storage) ?? 0n)) return;
    const capacity = view<{ capacity?: { storage?: string } }>(volume.spec ?? {}).capacity?.storage;
    if ((quantity(capacity) ?? 0n) < (quantity(wanted) ?? 0n)) {
      const path = `/api/v1/persistentvolumes/${volume.metadata.name}`;
      await cluster.json({ method: 'PATCH', path, body: { spec: { capacity: { storage: wanted } } } });
    }
    if (spec.volumeMode === 'Block' || isMounted(claim)) {
      await report(claim, {
        capacity: { storage: wanted },
        allocatedResources: { storage: wanted },
        allocatedResourceStatuses: null,
        conditions: [],
      });
      record(claim, 'Normal', 'FileSystemResizeSuccessful', 'MountVolume.NodeExpandVolume succeeded for volume');
      return;
    }
    if (status.conditions?.some(({ type }) => type === 'FileSystemResizePending')) return;
    const condition = {
      type: 'FileSystemResizePending',
      status: 'True',
      lastProbeTime: null,
      lastTransitionTime: timestamp(),
      message: 'Waiting for user to (re-)start a pod to finish file system resize of volume on node.',
    };
    await report(claim, {
      allocatedResources: { storage: wanted },
      allocatedResourceStatuses: { storage: 'NodeResizePending' },
      conditions: [condition],
    });
    record(claim, 'Normal', 'FileSystemResizeRequired', 'Require file system resize of volume on node');
  }

  async function modify(
    claim: ApiObject,
    spec: V1PersistentVolumeClaimSpec,
    status: V1PersistentVolumeClaimStatus,
    volume: ApiObject,
  ): Promise<void> {
    const wanted = spec.volumeAttributesClassName;
    if (!wanted || wanted === status.currentVolumeAttributesClassName) return;
    const found = attributes.get('', wanted);
    if (found === undefined) {
      if (status.modifyVolumeStatus?.status === 'Pending') return;
      record(claim, 'Warning', 'VolumeModifyFailed', `VAC ${wanted} does not exist`);
      await report(claim, { modifyVolumeStatus: { targetVolumeAttributesClassName: wanted, status: 'Pending' } });
      return;
    }
    const { parameters } = view<{ parameters?: Record<string, string> }>(found);
    if (parameters?.infeasible !== undefined) {
      if (status.modifyVolumeStatus?.status === 'Infeasible') return;
      record(claim, 'Warning', 'VolumeModifyFailed', parameters.infeasible);
      await report(claim, {
        modifyVolumeStatus: { targetVolumeAttributesClassName: wanted, status: 'Infeasible' },
        conditions: [
          {
            type: 'ModifyVolumeError',
            status: 'True',
            message: parameters.infeasible,
            lastProbeTime: null,
            lastTransitionTime: timestamp(),
          },
        ],
      });
      return;
    }
    const path = `/api/v1/persistentvolumes/${volume.metadata.name}`;
    await cluster.json({ method: 'PATCH', path, body: { spec: { volumeAttributesClassName: wanted } } });
    await report(claim, { currentVolumeAttributesClassName: wanted, modifyVolumeStatus: null, conditions: [] });
    record(
      claim,
      'Normal',
      'VolumeModifySuccessful',
      `external resizer modified volume ${claim.metadata.name} with vac ${wanted} successfully`,
    );
  }

  function isMounted(claim: ApiObject): boolean {
    return pods.list().some((pod) => {
      if (pod.metadata.namespace !== claim.metadata.namespace || pod.status?.phase !== 'Running') return false;
      const { volumes: mounted = [] } = view<{ volumes?: { persistentVolumeClaim?: { claimName: string } }[] }>(
        pod.spec ?? {},
      );
      return mounted.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim.metadata.name);
    });
  }

  async function report(claim: ApiObject, status: object): Promise<void> {
    const { namespace, name } = claim.metadata;
    const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}/status`;
    await cluster.json({ method: 'PATCH', path, body: { status } });
  }

  return { resize };
}
