import { agentIdLabel } from '../bosh/labels.ts';
import type { Event, Metadata, Node, Service, StorageClass, Volume } from '../kubernetes/objects.ts';
import type { Intern } from './intern.ts';
import type { RecordFacts } from './machine.ts';
import type { ClusterEvent, ClusterNode, DiskClass, DiskVolume, MachineService } from './model.ts';
import { isReady } from './pod-state.ts';

/** @returns undefined for an event about something that is nobody's machine or disk */
export function eventOf(event: Event, intern: Intern): ClusterEvent | undefined {
  const { metadata = {}, involvedObject: about = {}, series } = event;
  if (!isOurs(about.kind, about.name)) return undefined;
  const created = timeOf(metadata.creationTimestamp);
  const last = timeOf(series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime) || created;
  const type = event.type ?? 'Normal';
  const message = event.message ?? '';
  return {
    uid: metadata.uid ?? '',
    name: metadata.name ?? '',
    namespace: intern(metadata.namespace ?? ''),
    created,
    health: type === 'Normal' ? 'ok' : 'problem',
    reason: type === 'Normal' ? undefined : message,
    type: intern(type),
    about: `${about.kind} ${about.name}`,
    aboutUid: about.uid ?? '',
    cause: intern(event.reason ?? ''),
    message: intern(message),
    // protobuf has a zero where JSON has nothing
    count: series?.count || event.count || 1,
    last,
  };
}

/** Events carry no labels: names tell whose objects are ours (docs/architecture.md, Objects). */
function isOurs(kind: string | undefined, name: string | undefined): boolean {
  return (
    /^(Pod|Secret|Service|PersistentVolumeClaim)$/.test(kind ?? '') &&
    /^(ephemeral-)?agent-|^(attachment-)?disk-/.test(name ?? '')
  );
}

export function recordOf({ metadata = {} }: Metadata, intern: Intern): RecordFacts {
  return {
    uid: metadata.uid ?? '',
    name: metadata.name ?? '',
    namespace: intern(metadata.namespace ?? ''),
    agentId: metadata.labels?.[agentIdLabel] ?? '',
    created: timeOf(metadata.creationTimestamp),
  };
}

export function nodeOf({ metadata = {}, spec, status }: Node): ClusterNode {
  return {
    uid: metadata.uid ?? '',
    name: metadata.name ?? '',
    zone: metadata.labels?.['topology.kubernetes.io/zone'],
    ready: isReady(status?.conditions),
    schedulable: spec?.unschedulable !== true,
  };
}

export function classOf(storageClass: StorageClass): DiskClass {
  const { metadata = {}, provisioner = '', allowVolumeExpansion = false, volumeBindingMode } = storageClass;
  return {
    name: metadata.name ?? '',
    provisioner,
    isDefault: metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
    expands: allowVolumeExpansion,
    binding: volumeBindingMode === 'WaitForFirstConsumer' ? volumeBindingMode : 'Immediate',
  };
}

export function serviceOf({ metadata = {}, spec = {}, status }: Service): MachineService {
  const ingress = status?.loadBalancer?.ingress?.map(({ ip, hostname }) => ip ?? hostname ?? '') ?? [];
  const addresses = [
    spec.clusterIP ?? '',
    ...(spec.clusterIPs ?? []),
    ...(spec.externalIPs ?? []),
    spec.loadBalancerIP ?? '',
    ...ingress,
  ];
  return {
    uid: metadata.uid ?? '',
    name: metadata.name ?? '',
    namespace: metadata.namespace ?? '',
    agentId: metadata.labels?.[agentIdLabel] ?? '',
    type: spec.type ?? 'ClusterIP',
    selector: spec.selector ?? {},
    leadsEarly: spec.publishNotReadyAddresses ?? false,
    addresses: [...new Set(addresses.filter((address) => address !== '' && address !== 'None'))],
    ports: spec.ports?.map(({ port, protocol = 'TCP' }) => `${port}/${protocol}`) ?? [],
  };
}

/** @returns undefined for a volume that is behind no disk */
export function volumeOf({ metadata = {}, spec = {}, status = {} }: Volume): DiskVolume | undefined {
  const { claimRef } = spec;
  if (claimRef?.name?.startsWith('disk-') !== true) return undefined;
  return {
    uid: metadata.uid ?? '',
    name: metadata.name ?? '',
    claim: `${claimRef.namespace}/${claimRef.name}`,
    phase: status.phase ?? 'Pending',
    reclaim: spec.persistentVolumeReclaimPolicy ?? '',
    reason: status.message ?? status.reason,
  };
}

function timeOf(text: string | undefined): number {
  return Date.parse(text ?? '') || 0;
}
