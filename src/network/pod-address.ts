import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { CloudError } from '../bosh/cloud-error.ts';
import { addressAnnotation } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { canonicalAddress, familyOf } from './address.ts';
import type { NetworkPlan, NetworkRequest } from './plan.ts';

/**
 * The networks whose addresses a pod's own interface is to have, version 4 first: plugins take one of each family.
 * @throws CloudError CpiError that names the second network of a family
 */
export function oneOfEachFamily(requests: readonly NetworkRequest[]): readonly NetworkRequest[] {
  for (const [index, { name, ip }] of requests.entries()) {
    const first = requests.slice(0, index).find((other) => familyOf(other.ip) === familyOf(ip));
    if (first !== undefined) {
      const message = `networks.${name}: a pod has one ${familyOf(ip)} address, and ${first.name} gives it: use the strategy service or multus for one of them`;
      throw new CloudError('CpiError', message);
    }
  }
  return requests.toSorted((a, b) => familyOf(a.ip).localeCompare(familyOf(b.ip)));
}

/**
 * A property that is one for the whole pod.
 * @throws CloudError CpiError where two networks give it differently
 */
export function commonProperty(requests: readonly NetworkRequest[], key: 'subnet'): string | undefined {
  const values = new Set(requests.map(({ properties }) => properties[key]).filter((value) => value !== undefined));
  if (values.size > 1) {
    const names = requests.map(({ name }) => name).join(', ');
    throw new CloudError(
      'CpiError',
      `networks ${names}: cloud_properties.${key} must be the same, since the addresses are of one interface`,
    );
  }
  return [...values][0];
}

/**
 * Looks who has the addresses: network plugins report a clash only as a sandbox that fails again and again, or not at all.
 * The VM's own pod does not count.
 * @throws CloudError that names the owner
 */
export async function refuseTaken(session: Session, requests: readonly NetworkRequest[]): Promise<void> {
  const { core, namespace } = session.cluster;
  const vm = requests[0]?.vm;
  for (const { metadata, status } of (await core.listNamespacedPod({ namespace })).items) {
    if (metadata?.name === vm || status?.phase === 'Succeeded' || status?.phase === 'Failed') continue;
    const held = new Set(
      [
        ...(status?.podIPs ?? []).map(({ ip }) => ip),
        ...(metadata?.annotations?.[addressAnnotation]?.split(',') ?? []),
        ...statusAddresses(metadata?.annotations?.['k8s.v1.cni.cncf.io/network-status']),
      ].map((text) => canonicalAddress(text ?? '')),
    );
    const clash = requests.find(({ ip }) => held.has(ip));
    if (clash !== undefined) {
      throw new CloudError('CloudError', `networks.${clash.name}.ip: ${clash.ip} is taken by pod ${metadata?.name}`);
    }
  }
}

/**
 * Whether a pod that runs has what it was promised: a plugin that does not know the annotation gives it some other address without a word.
 * @param networks as they were planned
 * @throws CloudError VMCreationFailed that names both
 */
export function requireGiven(pod: V1Pod, networks: readonly NetworkPlan[]): void {
  const there = (pod.status?.podIPs ?? []).map(({ ip }) => canonicalAddress(ip));
  for (const { promised = [], givenBy } of networks) {
    const missing = promised.filter((address) => givenBy !== undefined && !there.includes(address));
    if (missing.length === 0) continue;
    const message = `the pod has ${there.join(', ')} and not ${missing.join(', ')}: the cluster's network plugin does not follow the annotation ${givenBy}, use another strategy`;
    throw new CloudError('VMCreationFailed', message);
  }
}

/** Addresses on all interfaces of a pod, as Multus and OVN-Kubernetes report them. */
function statusAddresses(annotation: string | undefined): readonly string[] {
  if (annotation === undefined) return [];
  try {
    return (JSON.parse(annotation) as readonly { ips?: readonly string[] }[]).flatMap(({ ips }) => ips ?? []);
  } catch {
    // others write it: what cannot be read says nothing about addresses
    return [];
  }
}
