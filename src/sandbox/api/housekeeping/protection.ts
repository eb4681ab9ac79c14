import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import type { ClusterState } from '../cluster-state.ts';
import { type ApiObject, view } from '../object.ts';
import { resource } from '../resources.ts';
import { dropFinalizer } from './finalizers.ts';

const PODS = resource('', 'pods');
const CLAIMS = resource('', 'persistentvolumeclaims');
const VOLUMES = resource('', 'persistentvolumes');
const ATTRIBUTES = resource('storage.k8s.io', 'volumeattributesclasses');

/** A claim under deletion goes when no pod uses it any more. */
export function protectClaims(cluster: ClusterState, namespace: string): void {
  for (const claim of cluster.store.list(CLAIMS, namespace)) {
    const { deletionTimestamp, finalizers = [], name } = claim.metadata;
    if (deletionTimestamp === undefined || !finalizers.includes('kubernetes.io/pvc-protection')) continue;
    if (!cluster.store.list(PODS, namespace).some((pod) => uses(pod, name))) {
      dropFinalizer(cluster, CLAIMS, claim, 'kubernetes.io/pvc-protection');
    }
  }
}

function uses(pod: ApiObject, claim: string): boolean {
  if (['Succeeded', 'Failed'].includes(String(pod.status?.phase))) return false;
  const { volumes = [] } = view<V1PodSpec>(pod.spec ?? {});
  return volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim);
}

/** A volume under deletion goes when it is bound no more. */
export function protectVolumes(cluster: ClusterState): void {
  for (const volume of cluster.store.list(VOLUMES, '')) {
    const { deletionTimestamp, finalizers = [] } = volume.metadata;
    if (deletionTimestamp === undefined || !finalizers.includes('kubernetes.io/pv-protection')) continue;
    if (volume.status?.phase !== 'Bound') dropFinalizer(cluster, VOLUMES, volume, 'kubernetes.io/pv-protection');
  }
}

/** A class under deletion goes when no claim and no volume names it. */
export function protectAttributes(cluster: ClusterState): void {
  const users = [...cluster.store.list(CLAIMS, ''), ...cluster.store.list(VOLUMES, '')];
  for (const object of cluster.store.list(ATTRIBUTES, '')) {
    const { deletionTimestamp, finalizers = [], name } = object.metadata;
    if (deletionTimestamp === undefined || !finalizers.includes('kubernetes.io/vac-protection')) continue;
    const used = users.some(
      ({ spec, status }) =>
        spec?.volumeAttributesClassName === name || status?.currentVolumeAttributesClassName === name,
    );
    if (!used) dropFinalizer(cluster, ATTRIBUTES, object, 'kubernetes.io/vac-protection');
  }
}
