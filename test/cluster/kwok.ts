import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { Api } from './api.ts';
import type { Kwok } from './build.ts';
import { flags } from './control-plane.ts';
import { type ProcessRecord, startProcess } from './process.ts';
import type { ClusterState } from './state.ts';
import { waitFor } from './wait.ts';

const marker = 'kwok.x-k8s.io/node';
const count = 10;

function node(name: string, isAlone: boolean): unknown {
  const resources = { cpu: '64', memory: '256Gi', pods: '1000' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { [marker]: 'fake' },
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'topology.kubernetes.io/zone': 'test-a' },
    },
    // Beside a real node they must be asked for.
    ...(isAlone ? {} : { spec: { taints: [{ key: marker, value: 'fake', effect: 'NoSchedule' }] } }),
    status: { capacity: resources, allocatable: resources },
  };
}

/**
 * Makes ten nodes that do not exist and starts kwok, which says of every pod on them that it runs. Nothing is executed:
 * there is no exec and no agent. Pod addresses come from 10.0.0.0/8 as kwok likes.
 */
export async function startKwok(api: Api, state: ClusterState, { binary, stages }: Kwok): Promise<ProcessRecord> {
  const names = Array.from({ length: count }, (_, index) => `kwok-${index}`);
  for (const name of names) await api.call('POST', '/api/v1/nodes', node(name, state.network === undefined));
  const files = ['node/fast', 'node/heartbeat-with-lease', 'pod/fast'].flatMap((folder) =>
    globSync(join(stages, folder, '*.yaml')).filter((file) => !file.endsWith('kustomization.yaml')),
  );
  const args = [
    ...flags({
      kubeconfig: state.kubeconfig,
      'manage-nodes-with-annotation-selector': `${marker}=fake`,
      'node-lease-duration-seconds': 40,
    }),
    ...files.map((file) => `--config=${file}`),
  ];
  const record = startProcess('kwok', binary, args, join(state.stateDir, 'kwok.log'));
  interface Node {
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }
  await waitFor(`nodes of kwok Ready (log: ${join(state.stateDir, 'kwok.log')})`, 60_000, async () => {
    const last = await api.call<Node>('GET', `/api/v1/nodes/${names.at(-1)}`);
    return last.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') || undefined;
  });
  return record;
}
