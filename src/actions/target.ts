import { agentIdLabel, labelKey, labelValue } from '../bosh/labels.ts';
import { RefusedError } from './model.ts';
import type { Kubernetes } from './read.ts';
import { readObject } from './read.ts';
import type { ActionSite } from './site.ts';
import { instanceLabel, type Told, toldOf } from './told.ts';

/** A machine that is meant, by whatever name. */
export interface Machine {
  /** Undefined where no pod of it is there. */
  readonly vm: string | undefined;
  readonly label: string;
  readonly told: Told;
}

/**
 * Finds the machine that somebody names: a VM (`agent-…`), `group/index`, `group/id`, or one of the two with `deployment/` before it.
 * @throws RefusedError where a VM is not there, or several deployments have such an instance
 */
export async function findMachine(site: ActionSite, namespace: string, text: string): Promise<Machine> {
  const parts = text.split('/');
  const key = parts.pop() ?? '';
  const group = parts.pop();
  const deployment = parts.pop();
  if (group === undefined) return await findVm(site, namespace, key.slice(key.lastIndexOf(':') + 1));
  const named = { director: undefined, deployment, group };
  const told: Told = /^\d+$/.test(key)
    ? { ...named, index: key, id: undefined }
    : { ...named, index: undefined, id: key };
  const found = (await podsOfGroup(site, namespace, group))
    .map((pod) => ({ vm: pod.metadata.name, told: toldOf(pod) }))
    .filter((one) => one.told.group === group && (one.told.index === key || one.told.id === key))
    .filter((one) => deployment === undefined || one.told.deployment === deployment);
  const [only, other] = found;
  if (other !== undefined) {
    const names = found.map((one) => `${one.told.deployment}/${text}`).join(', ');
    throw new RefusedError(`Several deployments have an instance ${text}`, `Say which one: ${names}`);
  }
  return only === undefined
    ? { vm: undefined, label: `${group}/${key}`, told }
    : { ...only, label: instanceLabel(only.told, only.vm) };
}

async function findVm({ cluster }: ActionSite, namespace: string, vm: string): Promise<Machine> {
  const pod = await readObject<Kubernetes>(cluster, `/api/v1/namespaces/${namespace}/pods/${vm}`);
  if (pod?.metadata.labels?.[agentIdLabel] === undefined) {
    throw new RefusedError(`There is no machine ${vm} in namespace ${namespace}`, 'kubernetes-cpi vms lists them');
  }
  const told = toldOf(pod);
  return { vm, label: instanceLabel(told, vm), told };
}

async function podsOfGroup({ cluster }: ActionSite, namespace: string, group: string): Promise<readonly Kubernetes[]> {
  const labelSelector = `${agentIdLabel},${labelKey('job')}=${labelValue(group)}`;
  const path = `/api/v1/namespaces/${namespace}/pods`;
  return (await cluster.json<{ items: readonly Kubernetes[] }>({ method: 'GET', path, query: { labelSelector } }))
    .items;
}
