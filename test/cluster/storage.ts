import { join } from 'node:path';
import { connect } from '../../src/kubernetes/cluster.ts';
import { loadKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';
import { installSnapshotApi } from '../contract/api/snapshot-api.ts';
import type { Api } from './api.ts';
import { provisionerName } from './place.ts';
import { type ProcessRecord, startProcess } from './process.ts';
import type { ClusterState } from './state.ts';

function storageClass(
  name: string,
  mode: 'Immediate' | 'WaitForFirstConsumer',
  isDefault: boolean,
): Record<string, unknown> {
  const annotations = isDefault ? { 'storageclass.kubernetes.io/is-default-class': 'true' } : {};
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, annotations },
    provisioner: provisionerName,
    volumeBindingMode: mode,
    allowVolumeExpansion: true,
    reclaimPolicy: 'Delete',
  };
}

const classes = '/apis/storage.k8s.io/v1/storageclasses';

const snapshotClass = {
  apiVersion: 'snapshot.storage.k8s.io/v1',
  kind: 'VolumeSnapshotClass',
  metadata: { name: 'folders', annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' } },
  driver: provisionerName,
  deletionPolicy: 'Delete',
};

/**
 * Makes the storage classes and the snapshot kinds with a class of theirs, and starts the provisioner behind them.
 * Volumes and snapshots are folders of the cluster's state.
 */
export async function startStorage(api: Api, state: ClusterState): Promise<ProcessRecord> {
  await api.call('POST', classes, storageClass('fast-local', 'Immediate', true));
  await api.call('POST', classes, storageClass('local-wffc', 'WaitForFirstConsumer', false));
  const cluster = connect(targetOf(await loadKubeconfig({ paths: [state.kubeconfig] })));
  await installSnapshotApi(cluster);
  cluster.close();
  await api.call('POST', '/apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses', snapshotClass);
  const script = join(import.meta.dirname, 'provisioner.ts');
  const folders = [join(state.stateDir, 'node', 'volumes'), '/run/node/volumes'];
  const args = [script, state.kubeconfig, ...folders, state.nodeName ?? ''];
  return startProcess('provisioner', process.execPath, args, join(state.stateDir, 'provisioner.log'));
}
