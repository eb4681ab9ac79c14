import { join } from 'node:path';
import { type Api, StatusError } from './api.ts';
import { type ProcessRecord, startProcess } from './process.ts';
import { provisionerName } from './provisioner.ts';
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

/** The classes of every cluster with a node; both expand. */
export const storageClasses = [
  storageClass('fast-local', 'Immediate', true),
  storageClass('local-wffc', 'WaitForFirstConsumer', false),
];

/** Makes the storage classes and starts the provisioner behind them; volumes are folders of the cluster's state. */
export async function startStorage(api: Api, state: ClusterState): Promise<ProcessRecord> {
  for (const body of storageClasses) {
    try {
      await api.call('POST', '/apis/storage.k8s.io/v1/storageclasses', body);
    } catch (error) {
      if (!(error instanceof StatusError && error.status === 409)) throw error;
    }
  }
  const script = join(import.meta.dirname, 'provisioner.ts');
  const folders = [join(state.stateDir, 'node', 'volumes'), '/run/node/volumes'];
  const args = [script, state.kubeconfig, ...folders, state.nodeName ?? ''];
  return startProcess('provisioner', process.execPath, args, join(state.stateDir, 'provisioner.log'));
}
