import { randomUUID } from 'node:crypto';
import { agentIdLabel, metadataAnnotation, metadataLabels } from '../../src/bosh/labels.ts';
import type { Json } from '../../test/cluster/api.ts';
import { createMachine, mustCall } from '../calls.ts';
import type { Setting } from '../setting.ts';

const groups = ['diego-cell', 'router', 'api', 'uaa', 'nats', 'postgres', 'doppler', 'scheduler'];
/** Requests at once; more do not make the API server of this kind of machine any faster. */
const writers = 16;

interface Pod {
  readonly metadata: { readonly labels: Record<string, string>; readonly annotations: Record<string, string> };
  readonly spec: Json;
}

/** Agents' pods on an API server, all Running, as many as asked for. */
export interface Fleet {
  /** Brings the number of pods up to `count`; pods are never taken away. */
  grow(count: number): Promise<void>;
  /** Name of the pod of an instance, e.g. of `api/7`. */
  podOf(instance: string): string | undefined;
}

/** Makes one machine through the CPI and takes its pod for a mould: what the others weigh on the wire is what a machine weighs. */
export async function createFleet(setting: Setting): Promise<Fleet> {
  const { api, namespace } = setting;
  const { vm } = await createMachine(setting, 'bench-mould');
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const mould = await api.call<Pod>('GET', `${pods}/${vm}`);
  await mustCall(setting, 'delete_vm', [vm]);
  const names: string[] = [];

  async function make(index: number): Promise<void> {
    const agentId = randomUUID();
    const group = groups[index % groups.length] ?? 'vm';
    const metadata = {
      director: 'bench',
      deployment: `cf-${index % 3}`,
      id: randomUUID(),
      job: group,
      instance_group: group,
      index: String(Math.floor(index / groups.length)),
      name: `${group}/${agentId}`,
      created_at: new Date().toISOString(),
    };
    const name = `agent-${agentId}`;
    names[index] = name;
    await api.call('POST', pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        labels: { ...mould.metadata.labels, ...metadataLabels(metadata), [agentIdLabel]: agentId },
        annotations: {
          ...mould.metadata.annotations,
          [metadataAnnotation]: JSON.stringify(metadata),
        },
      },
      // Bound here: ten nodes say they take a thousand pods each, and a scheduler would hold to it.
      spec: { ...mould.spec, nodeName: `kwok-${index % 10}` },
    });
  }

  async function grow(count: number): Promise<void> {
    let next = names.length;
    async function writer(): Promise<void> {
      while (next < count) await make(next++);
    }
    await Promise.all(Array.from({ length: writers }, writer));
    await running(count);
  }

  /** Waits until kwok has made all of them run: the last ones are asked for, page by page would cost the server more than it measures. */
  async function running(count: number): Promise<void> {
    const query = 'fieldSelector=status.phase%21%3DRunning&limit=1';
    for (let tries = 0; tries < 1200; tries++) {
      const { items } = await api.call<{ items: readonly unknown[] }>('GET', `${pods}?${query}`);
      if (items.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    throw new Error(`kwok did not make ${count} pods run`);
  }

  function podOf(instance: string): string | undefined {
    const [group = '', index] = instance.split('/');
    return names[Number(index) * groups.length + groups.indexOf(group)];
  }

  return { grow, podOf };
}
