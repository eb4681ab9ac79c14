import type { Cluster } from '../../../kubernetes/cluster.ts';
import { isAlreadyExists } from '../../../kubernetes/errors.ts';
import { timestamp } from '../../api/object.ts';

export interface NodeOptions {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly capacity?: Readonly<Record<string, string>>;
  /** Keeps pods away that do not tolerate them. */
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
}

const LEASE_MS = 10_000;
const DEFAULT_CAPACITY = { cpu: '64', memory: '256Gi', 'ephemeral-storage': '1Ti', pods: '500' };

/**
 * Registers the node, reports it ready and renews its lease, without which a real node controller would give it up.
 * @returns the way to stop; it takes the Node away
 */
export async function registerNode(cluster: Cluster, options: NodeOptions, port: number): Promise<() => Promise<void>> {
  const { name } = options;
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    ...options.labels,
  };
  const node = { metadata: { name, labels }, spec: { taints: options.taints } };
  try {
    await cluster.json({ method: 'POST', path: '/api/v1/nodes', body: node });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    await cluster.json({ method: 'PATCH', path: `/api/v1/nodes/${name}`, body: node });
  }
  await report();
  await renew();
  const timer = setInterval(() => {
    report().catch(() => undefined);
    renew().catch(() => undefined);
  }, LEASE_MS);
  timer.unref();

  async function report(): Promise<void> {
    const capacity = { ...DEFAULT_CAPACITY, ...options.capacity };
    const status = {
      addresses: [
        { type: 'InternalIP', address: '127.0.0.1' },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      capacity,
      allocatable: capacity,
      conditions: conditions(),
      nodeInfo: {
        architecture: 'amd64',
        bootID: 'sandbox',
        containerRuntimeVersion: 'sandbox://0',
        kernelVersion: 'none',
        kubeProxyVersion: '',
        kubeletVersion: 'v1.34.4',
        machineID: name,
        operatingSystem: 'linux',
        osImage: 'sandbox',
        systemUUID: name,
      },
    };
    await cluster.json({ method: 'PATCH', path: `/api/v1/nodes/${name}/status`, body: { status } });
  }

  async function renew(): Promise<void> {
    const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    const renewTime = new Date().toISOString().replace('Z', '000Z');
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime };
    try {
      await cluster.json({ method: 'POST', path, body: { metadata: { name }, spec } });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      await cluster.json({ method: 'PATCH', path: `${path}/${name}`, body: { spec } });
    }
  }

  return async () => {
    clearInterval(timer);
    await cluster.json({ method: 'DELETE', path: `/api/v1/nodes/${name}` }).catch(() => undefined);
  };
}

function conditions() {
  const now = timestamp();
  const pressure = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
    type,
    status: 'False',
    reason: `KubeletHasNo${type}`,
    message: 'the toy node has enough of everything',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }));
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message: 'kubelet is posting ready status',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
  return [...pressure, ready];
}
