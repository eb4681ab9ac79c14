import type { ClusterState } from './api/cluster-state.ts';
import type { ApiObject } from './api/object.ts';
import { resource } from './api/resources.ts';
import { createObject } from './api/write.ts';
import { DRIVER } from './controllers/storage/provisioner.ts';

const DEFAULT_CLASS = { 'storageclass.kubernetes.io/is-default-class': 'true' };

/** Fills a new cluster with what every real one has, and with storage classes of the double's driver. */
export function seed(cluster: ClusterState, namespaces: readonly string[]): void {
  const put = (group: string, plural: string, name: string, fields: object = {}, metadata: object = {}) => {
    const kind = resource(group, plural);
    const object = { apiVersion: '', kind: kind.kind, metadata: { name, ...metadata }, ...fields } as ApiObject;
    createObject(cluster, kind, '', { ...object, apiVersion: group === '' ? 'v1' : `${group}/v1` }, { dryRun: false });
  };
  put('networking.k8s.io', 'servicecidrs', 'kubernetes', { spec: { cidrs: [...cluster.serviceRanges] } });
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease', ...namespaces])
    put('', 'namespaces', name);
  put('scheduling.k8s.io', 'priorityclasses', 'system-node-critical', {
    value: 2_000_001_000,
    preemptionPolicy: 'PreemptLowerPriority',
  });
  put('scheduling.k8s.io', 'priorityclasses', 'system-cluster-critical', {
    value: 2_000_000_000,
    preemptionPolicy: 'PreemptLowerPriority',
  });
  const storage = (name: string, fields: object, annotations: object = {}) =>
    put('storage.k8s.io', 'storageclasses', name, { provisioner: DRIVER, ...fields }, { annotations });
  storage('standard', { volumeBindingMode: 'WaitForFirstConsumer', allowVolumeExpansion: true }, DEFAULT_CLASS);
  storage('immediate', { volumeBindingMode: 'Immediate', allowVolumeExpansion: true });
  storage('fixed-size', { volumeBindingMode: 'Immediate', allowVolumeExpansion: false });
  put('storage.k8s.io', 'volumeattributesclasses', 'gold', { driverName: DRIVER, parameters: { iops: '5000' } });
  put('storage.k8s.io', 'volumeattributesclasses', 'silver', { driverName: DRIVER, parameters: { iops: '1000' } });
  put(
    'snapshot.storage.k8s.io',
    'volumesnapshotclasses',
    'standard',
    { driver: DRIVER, deletionPolicy: 'Delete' },
    { annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' } },
  );
}
