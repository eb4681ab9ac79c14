import type { V1Node } from '@kubernetes/client-node/dist/gen/models/V1Node.js';
import type { V1NodeSelectorRequirement } from '@kubernetes/client-node/dist/gen/models/V1NodeSelectorRequirement.js';
import type { V1NodeSelectorTerm } from '@kubernetes/client-node/dist/gen/models/V1NodeSelectorTerm.js';
import type { V1PersistentVolumeSpec } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeSpec.js';
import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import type { V1Taint } from '@kubernetes/client-node/dist/gen/models/V1Taint.js';
import { type ApiObject, view } from '../api/object.ts';
import { quantity, sum } from '../api/quantity.ts';
import type { Informer } from './informer.ts';

/** What the scheduler knows. */
export interface SchedulingView {
  readonly pods: Informer;
  readonly claims: Informer;
  readonly volumes: Informer;
  readonly classes: Informer;
}

/** Why a node cannot take a pod. */
export interface NodeFault {
  /** In the words of kube-scheduler's plugins. */
  readonly reason: string;
  /** Would go away if other pods did. */
  readonly preemptible: boolean;
}

/** What speaks against a node; empty when the pod can go there. The first plugin that refuses ends it. */
export function nodeFaults(pod: ApiObject, node: V1Node, state: SchedulingView): NodeFault[] {
  const spec = view<V1PodSpec>(pod.spec ?? {});
  const fixed = (reason: string) => [{ reason, preemptible: false }];
  const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  if (node.spec?.unschedulable && !tolerates(spec, cordon)) return fixed('node(s) were unschedulable');
  if (untolerated(spec, node) !== undefined) return fixed('node(s) had untolerated taint(s)');
  if (!selected(spec, node)) return fixed("node(s) didn't match Pod's node affinity/selector");
  const lacking = insufficient(pod, node, state);
  return lacking.length > 0 ? lacking : volumeFaults(pod, node, state);
}

function untolerated(spec: V1PodSpec, node: V1Node): V1Taint | undefined {
  return (node.spec?.taints ?? []).find((taint) => taint.effect !== 'PreferNoSchedule' && !tolerates(spec, taint));
}

function tolerates(spec: V1PodSpec, taint: Pick<V1Taint, 'key' | 'effect' | 'value'>): boolean {
  return (spec.tolerations ?? []).some(({ key, operator = 'Equal', value = '', effect }) => {
    if (effect && effect !== taint.effect) return false;
    if (key && key !== taint.key) return false;
    return operator === 'Exists' || value === (taint.value ?? '');
  });
}

function selected(spec: V1PodSpec, node: V1Node): boolean {
  const { labels = {} } = node.metadata ?? {};
  if (!Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms === undefined || matchesTerms(terms, node);
}

function matchesTerms(terms: readonly V1NodeSelectorTerm[], { metadata }: V1Node): boolean {
  const { labels = {}, name = '' } = metadata ?? {};
  // metadata.name is the one field there is
  const isHere = ({ operator, values = [] }: V1NodeSelectorRequirement) =>
    operator === 'In' ? values.includes(name) : !values.includes(name);
  return terms.some(
    (term) =>
      (term.matchFields ?? []).every(isHere) &&
      (term.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
        const value = labels[key];
        if (operator === 'Exists') return value !== undefined;
        if (operator === 'DoesNotExist') return value === undefined;
        if (operator === 'In') return value !== undefined && values.includes(value);
        if (operator === 'NotIn') return value === undefined || !values.includes(value);
        return operator === 'Gt' ? Number(value) > Number(values[0]) : Number(value) < Number(values[0]);
      }),
  );
}

function insufficient(pod: ApiObject, node: V1Node, { pods }: SchedulingView): NodeFault[] {
  const others = pods
    .list()
    .filter((other) => other.spec?.nodeName === node.metadata?.name && other.metadata.uid !== pod.metadata.uid)
    .filter((other) => !['Succeeded', 'Failed'].includes(String(other.status?.phase)));
  const allocatable = node.status?.allocatable ?? {};
  const faults: NodeFault[] = [];
  if (others.length + 1 > Number(allocatable.pods ?? 110)) faults.push({ reason: 'Too many pods', preemptible: true });
  for (const [name, wanted] of requests(pod)) {
    const used = others.reduce((total, other) => total + (requests(other).get(name) ?? 0n), 0n);
    const has = quantity(allocatable[name]) ?? 0n;
    // More than the whole node: no other pod's end would help.
    if (wanted > 0n && used + wanted > has) faults.push({ reason: `Insufficient ${name}`, preemptible: wanted <= has });
  }
  return faults;
}

function requests(pod: ApiObject): Map<string, bigint> {
  const { containers } = view<V1PodSpec>(pod.spec ?? {});
  const names = new Set(containers.flatMap(({ resources }) => Object.keys(resources?.requests ?? {})));
  return new Map([...names].map((name) => [name, sum(containers.map(({ resources }) => resources?.requests?.[name]))]));
}

function volumeFaults(pod: ApiObject, node: V1Node, state: SchedulingView): NodeFault[] {
  const namespace = pod.metadata.namespace ?? '';
  for (const { persistentVolumeClaim } of view<V1PodSpec>(pod.spec ?? {}).volumes ?? []) {
    if (persistentVolumeClaim === undefined) continue;
    const claim = state.claims.get(namespace, persistentVolumeClaim.claimName);
    const volume = state.volumes.get('', String(claim?.spec?.volumeName ?? ''));
    const { nodeAffinity } = view<V1PersistentVolumeSpec>(volume?.spec ?? {});
    const terms = nodeAffinity?.required?.nodeSelectorTerms;
    if (terms !== undefined && !matchesTerms(terms, node)) {
      return [{ reason: "node(s) didn't match PersistentVolume's node affinity", preemptible: false }];
    }
    const modes = view<{ accessModes?: string[] }>(claim?.spec ?? {}).accessModes ?? [];
    if (modes.includes('ReadWriteOncePod') && usedByOther(pod, persistentVolumeClaim.claimName, state)) {
      const reason =
        'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod';
      return [{ reason, preemptible: true }];
    }
  }
  return [];
}

function usedByOther(pod: ApiObject, claim: string, { pods }: SchedulingView): boolean {
  return pods.list().some((other) => {
    if (other.metadata.namespace !== pod.metadata.namespace || other.metadata.uid === pod.metadata.uid) return false;
    const { nodeName, volumes = [] } = view<V1PodSpec>(other.spec ?? {});
    return Boolean(nodeName) && volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim);
  });
}
