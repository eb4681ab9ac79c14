import { randomUUID } from 'node:crypto';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import type { ExecutionContext } from 'ava';
import { agentContainer, agentIdLabel, metadataAnnotation } from '../../src/bosh/labels.ts';
import { type Cluster, connect } from '../../src/kubernetes/cluster.ts';
import { follow } from '../../src/kubernetes/follow.ts';
import { parseKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';

/** A client of a sandbox that goes with the test. */
export async function clientOf(t: ExecutionContext, sandbox: Sandbox): Promise<Cluster> {
  const cluster = connect(targetOf(await parseKubeconfig(sandbox.kubeconfig)));
  t.teardown(() => cluster.close());
  return cluster;
}

/** What no screen may ever show. */
export const canary = 'c4nary-of-the-record';

/** A machine as the console sees it: a pod that runs, and its record. @returns the pod's name */
export async function makeMachine(cluster: Cluster, instance: string, claims: readonly string[] = []): Promise<string> {
  const agentId = randomUUID();
  const name = `agent-${agentId}`;
  const labels = { [agentIdLabel]: agentId };
  const [job, index] = instance.split('/');
  const metadata = JSON.stringify({ deployment: 'cf', job, index, instance_group: job, name: instance });
  const core = `/api/v1/namespaces/${cluster.namespace}`;
  await cluster.json({
    method: 'POST',
    path: `${core}/secrets`,
    body: { metadata: { name, labels }, stringData: { 'record.json': canary } },
  });
  await cluster.json({
    method: 'POST',
    path: `${core}/pods`,
    body: {
      metadata: { name, labels, annotations: { [metadataAnnotation]: metadata } },
      spec: {
        containers: [
          {
            name: agentContainer,
            image: 'registry.test/stemcell:1',
            volumeMounts: claims.map((claim) => ({ name: claim, mountPath: `/mnt/${claim}` })),
          },
        ],
        volumes: claims.map((claim) => ({ name: claim, persistentVolumeClaim: { claimName: claim } })),
      },
    },
  });
  const isReady = (pod: V1Pod | undefined) =>
    pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') || undefined;
  await follow<V1Pod, true>(cluster, { path: `${core}/pods` }, name, { timeoutMs: 30_000, decide: isReady });
  return name;
}
