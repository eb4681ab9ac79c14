import {
  addressAnnotation,
  agentContainer,
  agentIdLabel,
  generationAnnotation,
  managedByLabels,
  recordAnnotation,
  stemcellAnnotation,
} from '../bosh/labels.ts';
import type { Pod } from '../kubernetes/objects.ts';
import { directorLabels } from './director-metadata.ts';
import type { Intern } from './intern.ts';
import type { Machine } from './model.ts';
import { type Condition, podCondition } from './pod-condition.ts';
import { isReady, podState } from './pod-state.ts';

/** What a machine's pod tells: all that is kept of it. The rest of a machine's row comes of what is joined to it. */
export interface PodFacts extends Omit<Machine, 'health' | 'reason' | 'address' | 'podAddress' | 'zone'> {
  readonly addresses: readonly string[];
  readonly condition: Condition;
  /** UID of the record it was made from. */
  readonly record: string | undefined;
  /** The record's generation it was made from. */
  readonly generation: string | undefined;
  /** Its labels outside our prefix: Services may select by them too. */
  readonly otherLabels: Readonly<Record<string, string>>;
}

export function podFacts(pod: Pod, intern: Intern): PodFacts {
  const { metadata = {}, spec = {}, status = {} } = pod;
  const labels = directorLabels(pod, intern);
  const name = metadata.name ?? '';
  const group = labels.job ?? labels.instance_group;
  const container = spec.containers?.find((one) => one.name === agentContainer) ?? spec.containers?.[0];
  const image = metadata.annotations?.[stemcellAnnotation] ?? container?.image;
  const addresses = status.podIPs?.map(({ ip = '' }) => ip) ?? [status.podIP ?? ''];
  const claims = spec.volumes?.map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? '') ?? [];
  const statuses = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
  return {
    uid: metadata.uid ?? '',
    name,
    namespace: intern(metadata.namespace ?? ''),
    created: Date.parse(metadata.creationTimestamp ?? '') || 0,
    agentId: metadata.labels?.[agentIdLabel] ?? '',
    deployment: labels.deployment,
    instance: group === undefined || labels.index === undefined ? name : `${group}/${labels.index}`,
    state: intern(podState(pod)),
    ready: isReady(status.conditions),
    restarts: statuses.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
    promised: metadata.annotations?.[addressAnnotation],
    addresses: addresses.filter((ip) => ip !== ''),
    node: spec.nodeName === undefined ? undefined : intern(spec.nodeName),
    stemcell: image === undefined ? undefined : intern(image),
    disks: claims.filter((claim) => claim !== ''),
    labels,
    condition: podCondition(pod),
    record: metadata.annotations?.[recordAnnotation],
    generation: metadata.annotations?.[generationAnnotation],
    otherLabels: otherLabels(metadata.labels, intern),
  };
}

/** As a rule a machine has the one that every object of ours has: then it is the same object for all. */
function otherLabels(labels: Readonly<Record<string, string>> = {}, intern: Intern): Readonly<Record<string, string>> {
  const others = Object.entries(labels).filter(([key]) => !key.startsWith('bosh.cloudfoundry.org/'));
  if (others.length === 1 && others.every(([key, value]) => managedByLabels[key] === value)) return managedByLabels;
  return Object.fromEntries(others.map(([key, value]) => [intern(key), intern(value)]));
}
