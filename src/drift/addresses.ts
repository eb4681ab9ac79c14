import { agentIdLabel, labelValue } from '../bosh/labels.ts';
import type { MachineService } from '../inventory/model.ts';
import type { PodFacts } from '../inventory/pod-facts.ts';
import type { Side } from './model.ts';
import type { VmCase } from './rule.ts';

/** Whether a Service leads to a machine's pod. */
export function selects({ selector }: MachineService, pod: PodFacts): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labelOf(pod, key) === value);
}

const prefix = 'bosh.cloudfoundry.org/';

/** A label's value on the pod: what the Director told is kept whole, on the label it stands in a legal form. */
function labelOf({ agentId, labels, otherLabels }: PodFacts, key: string): string | undefined {
  if (key === agentIdLabel) return agentId;
  if (!key.startsWith(prefix)) return otherLabels[key];
  const told = labels[key.slice(prefix.length)];
  return told === undefined ? undefined : labelValue(told);
}

/** Whether a list of addresses has one, however it is written: IPv6 has many forms. */
export function hasAddress(all: readonly string[], address: string): boolean {
  return all.includes(address) || (address.includes(':') && all.map(canonical).includes(canonical(address)));
}

function canonical(address: string): string {
  return address.includes(':') && URL.canParse(`http://[${address}]`)
    ? new URL(`http://[${address}]`).hostname
    : address;
}

/** Where a machine can be reached and by whose word, for a side-by-side. */
export function addressSides({ vm, bosh }: VmCase): readonly Side[] {
  const { pod, services } = vm;
  const recorded = bosh?.instance?.ips ?? [];
  const unknown = bosh === undefined ? 'not known without a Director' : undefined;
  const sides: Side[] = [
    { source: 'Director record', value: recorded.join(', ') || '–', note: unknown },
    {
      source: 'promised',
      value: pod?.promised ?? '–',
      note: pod?.promised === undefined ? 'dynamic network' : undefined,
    },
    { source: 'pod', value: pod?.addresses.join(', ') || '–', note: pod?.node && `on ${pod.node}` },
  ];
  for (const service of services ?? []) {
    const endpoint = pod !== undefined && selects(service, pod) ? pod.addresses[0] : undefined;
    sides.push({
      source: `Service ${service.name}`,
      value: service.addresses.join(', ') || '–',
      note: endpoint === undefined ? 'no endpoint' : `leads to ${endpoint}`,
    });
  }
  // a Director makes its DNS records of its own record, whatever the machine has
  sides.push({ source: 'BOSH DNS', value: recorded[0] ?? '–', note: unknown ?? 'answers what the Director recorded' });
  return sides;
}
