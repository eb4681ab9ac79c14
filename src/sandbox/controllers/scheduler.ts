import type { V1Node } from '@kubernetes/client-node/dist/gen/models/V1Node.js';
import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import type { Cluster } from '../../kubernetes/cluster.ts';
import { isConflict, isNotFound } from '../../kubernetes/errors.ts';
import { type ApiObject, timestamp, view } from '../api/object.ts';
import { createRecorder } from './events.ts';
import { inform, keyOf } from './informer.ts';
import { createQueue } from './queue.ts';
import { type NodeFault, nodeFaults, type SchedulingView } from './scheduling.ts';

const SELECTED_NODE = 'volume.kubernetes.io/selected-node';

/** Binds pods to nodes as kube-scheduler does, for clusters that have none. @returns the way to stop */
export async function startScheduler(cluster: Cluster): Promise<() => void> {
  const record = createRecorder(cluster, 'default-scheduler');
  const queue = createQueue(schedule);
  const retryAll = () => {
    for (const pod of pods.list()) if (isWaiting(pod)) queue.add(keyOf(pod));
  };
  const pods = await inform(cluster, '/api/v1/pods', {
    onChange(current) {
      if (current === undefined) setImmediate(retryAll);
      else if (isWaiting(current)) queue.add(keyOf(current));
    },
  });
  const later = () => setImmediate(retryAll);
  const [nodes, claims, volumes, classes] = await Promise.all([
    inform(cluster, '/api/v1/nodes', { onChange: later }),
    inform(cluster, '/api/v1/persistentvolumeclaims', { onChange: later }),
    inform(cluster, '/api/v1/persistentvolumes', { onChange: later }),
    inform(cluster, '/apis/storage.k8s.io/v1/storageclasses', { onChange: later }),
  ]);
  const state: SchedulingView = { pods, claims, volumes, classes };

  async function schedule(key: string): Promise<number | undefined> {
    const [namespace = '', name = ''] = key.split('/');
    const pod = pods.get(namespace, name);
    if (pod === undefined || !isWaiting(pod)) return undefined;
    const claimFault = missingClaim(pod) ?? unboundImmediate(pod);
    const candidates = nodes.list();
    const faults: NodeFault[][] = [];
    const fit: ApiObject[] = [];
    for (const node of claimFault === undefined ? candidates : []) {
      const found = nodeFaults(pod, view<V1Node>(node), state);
      if (found.length === 0) fit.push(node);
      else faults.push(found);
    }
    const chosen = leastLoaded(fit, pods.list());
    if (chosen === undefined) {
      await unschedulable(pod, candidates.length, claimFault, faults);
      return undefined;
    }
    if (await selectNode(pod, chosen.metadata.name)) return undefined;
    await bind(pod, chosen.metadata.name);
    return undefined;
  }

  function claimNames(pod: ApiObject): string[] {
    const sources = (view<V1PodSpec>(pod.spec ?? {}).volumes ?? []).map(
      ({ persistentVolumeClaim }) => persistentVolumeClaim,
    );
    return sources.filter((source) => source !== undefined).map(({ claimName }) => claimName);
  }

  function missingClaim(pod: ApiObject): string | undefined {
    for (const name of claimNames(pod)) {
      const claim = claims.get(pod.metadata.namespace ?? '', name);
      if (claim === undefined) return `persistentvolumeclaim "${name}" not found`;
      if (claim.metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim "${name}" is being deleted`;
    }
    return undefined;
  }

  function waits(claim: ApiObject): boolean {
    const storageClass = classes.get('', String(claim.spec?.storageClassName ?? ''));
    return storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
  }

  function unbound(pod: ApiObject): ApiObject[] {
    const found = claimNames(pod).map((name) => claims.get(pod.metadata.namespace ?? '', name));
    return found.filter((claim) => claim !== undefined).filter((claim) => claim.status?.phase !== 'Bound');
  }

  function unboundImmediate(pod: ApiObject): string | undefined {
    const stuck = unbound(pod).some((claim) => !waits(claim));
    return stuck ? 'pod has unbound immediate PersistentVolumeClaims' : undefined;
  }

  /** Tells the provisioner of claims that waited for a consumer where it is. True while such claims are not bound. */
  async function selectNode(pod: ApiObject, node: string): Promise<boolean> {
    const open = unbound(pod);
    for (const claim of open) {
      if (claim.metadata.annotations?.[SELECTED_NODE] === node) continue;
      const path = `/api/v1/namespaces/${claim.metadata.namespace}/persistentvolumeclaims/${claim.metadata.name}`;
      await cluster.json({ method: 'PATCH', path, body: { metadata: { annotations: { [SELECTED_NODE]: node } } } });
    }
    return open.length > 0;
  }

  async function bind(pod: ApiObject, node: string): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/binding`;
    const body = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    };
    try {
      await cluster.json({ method: 'POST', path, body });
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return;
      throw error;
    }
    record(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`);
  }

  async function unschedulable(
    pod: ApiObject,
    total: number,
    claimFault: string | undefined,
    faults: readonly (readonly NodeFault[])[],
  ): Promise<void> {
    const message = explain(total, claimFault, faults);
    const previous = view<{ conditions?: { type: string; message?: string }[] }>(pod.status ?? {}).conditions ?? [];
    if (previous.find(({ type }) => type === 'PodScheduled')?.message === message) return;
    record(pod, 'Warning', 'FailedScheduling', message);
    const { namespace, name } = pod.metadata;
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastProbeTime: null,
      lastTransitionTime: timestamp(),
      observedGeneration: pod.metadata.generation,
    };
    const conditions = [...previous.filter(({ type }) => type !== 'PodScheduled'), condition];
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
    await cluster.json({
      method: 'PATCH',
      path,
      body: { metadata: { uid: pod.metadata.uid }, status: { conditions } },
    });
  }

  return () => {
    queue.stop();
    for (const informer of [pods, nodes, claims, volumes, classes]) informer.stop();
  };
}

function isWaiting(pod: ApiObject): boolean {
  const { nodeName, schedulerName, schedulingGates } = view<V1PodSpec>(pod.spec ?? {});
  const mine = schedulerName === 'default-scheduler' && (schedulingGates ?? []).length === 0;
  return !nodeName && mine && pod.metadata.deletionTimestamp === undefined;
}

/** Spreads pods, as the real scheduler's scores come to. */
function leastLoaded(nodes: readonly ApiObject[], pods: readonly ApiObject[]): ApiObject | undefined {
  const counts = new Map(nodes.map(({ metadata }) => [metadata.name, 0]));
  for (const { spec } of pods) {
    const count = counts.get(String(spec?.nodeName));
    if (count !== undefined) counts.set(String(spec?.nodeName), count + 1);
  }
  const loadOf = ({ metadata }: ApiObject) => counts.get(metadata.name) ?? 0;
  return nodes.reduce<ApiObject | undefined>(
    (best, node) => (best === undefined || loadOf(node) < loadOf(best) ? node : best),
    undefined,
  );
}

/** kube-scheduler's sentence, the part on preemption included. */
function explain(total: number, claimFault: string | undefined, faults: readonly (readonly NodeFault[])[]): string {
  if (total === 0) return 'no nodes available to schedule pods';
  const available = `0/${total} nodes are available: `;
  if (claimFault !== undefined) return `${available}${claimFault}. not found`;
  const counts = new Map<string, number>();
  for (const { reason } of faults.flat()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  const victims = faults.filter((node) => node.every(({ preemptible }) => preemptible)).length;
  const preemption = [
    ...(victims > 0 ? [`${victims} No preemption victims found for incoming pod`] : []),
    ...(total > victims ? [`${total - victims} Preemption is not helpful for scheduling`] : []),
  ];
  const tail = `no new claims to deallocate, preemption: ${available}${preemption.join(', ')}.`;
  return `${available}${reasons.join(', ')}. ${tail}`;
}
