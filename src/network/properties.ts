import * as v from 'valibot';
import { CloudError } from '../bosh/cloud-error.ts';
import { checkInput, describeFlaws } from '../bosh/schema.ts';
import { networkStrategies } from '../bosh/session.ts';
import { canonicalAddress, prefixLength } from './address.ts';
import type { Network } from './types.ts';

/** `cloud_properties` of a network's subnet. */
const networkProperties = v.strictObject({
  strategy: v.optional(v.picklist(networkStrategies)),
  /** Ports that a Service address forwards: `22`, `"53/UDP"`. */
  ports: v.optional(v.array(v.union([v.number(), v.string()]))),
  /** Of strategy kube-ovn: name of the Subnet; the namespace's where absent. */
  subnet: v.optional(v.string()),
  /** Of strategy antrea: name of the IPPool. */
  ippool: v.optional(v.string()),
  /** Of strategy multus: the NetworkAttachmentDefinition, `name` or `namespace/name`. */
  network_attachment: v.optional(v.string()),
  /** Of a vip network: the type of its Service. */
  type: v.optional(v.picklist(['LoadBalancer', 'ClusterIP'])),
  /** Of a vip network: annotations its load balancer reads. */
  annotations: v.optional(v.record(v.string(), v.string())),
});

export type NetworkProperties = v.InferOutput<typeof networkProperties>;

/** @throws CloudError CpiError with the path of every flaw, beginning with the network's name */
export function parseNetworkProperties(name: string, input: unknown): NetworkProperties {
  const checked = checkInput(networkProperties, input ?? {});
  if ('flaws' in checked) {
    throw new CloudError('CpiError', describeFlaws(checked.flaws, `networks.${name}.cloud_properties`));
  }
  return checked.value;
}

/** The network's address in its canonical form. @throws CloudError CpiError where it has none or not one */
export function requireAddress(name: string, ip: string | undefined): string {
  const address = ip === undefined ? undefined : canonicalAddress(ip);
  if (address === undefined) throw new CloudError('CpiError', `networks.${name}.ip: expected an IP address`);
  return address;
}

/**
 * A network's address with the length of its subnet. BOSH's own `prefix` is not that: it is the size of the block of addresses that the VM has.
 * @throws CloudError CpiError without a netmask of the address's family
 */
export function withPrefix({ name, ip, network }: { name: string; ip: string; network: Network }): string {
  const length = prefixLength(ip, network.netmask);
  if (length === undefined)
    throw new CloudError('CpiError', `networks.${name}.netmask: expected the mask of ${ip}'s subnet`);
  return `${ip}/${length}`;
}

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
}

/**
 * Ports of a Service from their short form, each once.
 * @param ports `22` or `"53/udp"`
 * @throws CloudError CpiError that quotes the position of a wrong one
 */
export function servicePorts(ports: readonly (number | string)[], path: string): ServicePort[] {
  const byName = new Map<string, ServicePort>();
  for (const [index, text] of ports.entries()) {
    const [, digits, word] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/i.exec(String(text)) ?? [];
    const port = Number(digits);
    if (!(port >= 1 && port <= 65535)) {
      throw new CloudError('CpiError', `${path}[${index}]: expected a port (1 to 65535), or port/udp`);
    }
    const protocol = (word?.toUpperCase() ?? 'TCP') as ServicePort['protocol'];
    const name = `${protocol.toLowerCase()}-${port}`;
    byName.set(name, { name, port, targetPort: port, protocol });
  }
  return [...byName.values()];
}
