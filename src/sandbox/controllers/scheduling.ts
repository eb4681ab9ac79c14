import type { V1Node } from '@kubernetes/client-node/dist/gen/models/V1Node.js';
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

/** Why a pod cannot go to a node, in the words of kube-scheduler's plugins; empty when it can. */
export function nodeFault(pod: ApiObject, node: V1Node, state: SchedulingView): string[] {
  const spec = view<V1PodSpec>(pod.spec ?? {});
  const labels = node.metadata?.labels ?? {};
  if (node.spec?.unschedulable && !tolerates(spec, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' })) {
    return ['node(s) were unschedulable'];
  }
  const taint = untolerated(spec, node);
  if (taint !== undefined) return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`];
  if (!selected(spec, labels)) return ["node(s) didn't match Pod's node affinity/selector"];
  const lacking = insufficient(pod, node, state);
  if (lacking.length > 0) return lacking;
  return volumeFault(pod, node, state);
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

function selected(spec: V1PodSpec, labels: Record<string, string>): boolean {
  if (!Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms === undefined || matchesTerms(terms, labels);
}

function matchesTerms(terms: readonly V1NodeSelectorTerm[], labels: Record<string, string>): boolean {
  return terms.some((term) =>
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

function insufficient(pod: ApiObject, node: V1Node, { pods }: SchedulingView): string[] {
  const others = pods
    .list()
    .filter((other) => other.spec?.nodeName === node.metadata?.name && other.metadata.uid !== pod.metadata.uid)
    .filter((other) => !['Succeeded', 'Failed'].includes(String(other.status?.phase)));
  const allocatable = node.status?.allocatable ?? {};
  const faults: string[] = [];
  if (others.length + 1 > Number(allocatable.pods ?? 110)) faults.push('Too many pods');
  for (const [name, wanted] of requests(pod)) {
    const used = others.reduce((total, other) => total + (requests(other).get(name) ?? 0n), 0n);
    if (wanted > 0n && used + wanted > (quantity(allocatable[name]) ?? 0n)) faults.push(`Insufficient ${name}`);
  }
  return faults;
}

function requests(pod: ApiObject): Map<string, bigint> {
  const { containers } = view<V1PodSpec>(pod.spec ?? {});
  const names = new Set(containers.flatMap(({ resources }) => Object.keys(resources?.requests ?? {})));
  return new Map([...names].map((name) => [name, sum(containers.map(({ resources }) => resources?.requests?.[name]))]));
}

function volumeFault(pod: ApiObject, node: V1Node, state: SchedulingView): string[] {
  const namespace = pod.metadata.namespace ?? '';
  for (const { persistentVolumeClaim } of view<V1PodSpec>(pod.spec ?? {}).volumes ?? []) {
    if (persistentVolumeClaim === undefined) continue;
    const claim = state.claims.get(namespace, persistentVolumeClaim.claimName);
    const volume = state.volumes.get('', String(claim?.spec?.volumeName ?? ''));
    if (volume !== undefined) {
      const terms = view<V1PersistentVolumeSpec>(volume.spec ?? {}).nodeAffinity?.required?.nodeSelectorTerms;
      if (terms !== undefined && !matchesTerms(terms, node.metadata?.labels ?? {}))
        return ["node(s) didn't match PersistentVolume's node affinity"];
    }
    const modes = view<{ accessModes?: string[] }>(claim?.spec ?? {}).accessModes ?? [];
    if (modes.includes('ReadWriteOncePod') && usedByOther(pod, persistentVolumeClaim.claimName, state)) {
      return ['node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode'];
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
