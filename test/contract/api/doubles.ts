import { type Kubelet, type KubeletOptions, startKubelet } from '../../../src/sandbox/controllers/kubelet/kubelet.ts';
import { DRIVER } from '../../../src/sandbox/controllers/storage/provisioner.ts';
import { startStorage } from '../../../src/sandbox/controllers/storage/storage.ts';
import { type ApiUnderTest, eventually } from './backends.ts';

/** A node and storage that only pretend, on the API under test. */
export interface Doubles {
  readonly kubelet: Kubelet;
  /** Prefix of what is not in a namespace: `<prefix>-wait`, `<prefix>-now` and `<prefix>-keep` are classes. */
  readonly prefix: string;
}

const label = 'test.kubernetes-cpi.dev/node';

/** Where a real cluster has its own binder, scheduler and garbage collector, only the node and the CSI driver are played. */
export async function startDoubles(api: ApiUnderTest, options: Partial<KubeletOptions> = {}): Promise<Doubles> {
  const { cluster, namespace, backend } = api;
  const labels = { [label]: namespace, ...options.labels };
  // Whatever else runs on a shared cluster must not come here.
  const taints = [{ key: label, value: namespace, effect: 'NoSchedule' }];
  const kubelet = await startKubelet(cluster, { ...options, name: `${namespace}-node`, labels, taints });
  const stopStorage = await startStorage(cluster, { bind: backend === 'embedded' });
  const classes = [
    { name: 'wait', volumeBindingMode: 'WaitForFirstConsumer', reclaimPolicy: 'Delete' },
    { name: 'now', volumeBindingMode: 'Immediate', reclaimPolicy: 'Delete' },
    { name: 'keep', volumeBindingMode: 'Immediate', reclaimPolicy: 'Retain' },
  ];
  const path = '/apis/storage.k8s.io/v1/storageclasses';
  for (const { name, ...fields } of classes) {
    const metadata = { name: `${namespace}-${name}` };
    await cluster.json({
      method: 'POST',
      path,
      body: { metadata, provisioner: DRIVER, allowVolumeExpansion: true, ...fields },
    });
  }
  api.defer(async () => {
    // Pods must be gone before their node is: nobody else would finish them.
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    await cluster.json({ method: 'DELETE', path: pods, body: { gracePeriodSeconds: 1 } });
    await eventually(
      async () => (await cluster.json<{ items: unknown[] }>({ method: 'GET', path: pods })).items.length === 0,
    );
    for (const { name } of classes) await cluster.json({ method: 'DELETE', path: `${path}/${namespace}-${name}` });
    stopStorage();
    await kubelet.stop();
  });
  return { kubelet, prefix: namespace };
}

export interface PodFields {
  readonly image?: string;
  readonly container?: object;
  readonly spec?: object;
}

/** A pod that only the doubles' node can take. */
export function podOf(
  namespace: string,
  name: string,
  { image = 'stemcell:1', container = {}, spec = {} }: PodFields = {},
) {
  return {
    metadata: { name, namespace },
    spec: {
      automountServiceAccountToken: false,
      nodeSelector: { [label]: namespace },
      tolerations: [{ key: label, value: namespace }],
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'bosh-job', image, ...container }],
      ...spec,
    },
  };
}
