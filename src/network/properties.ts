import { isIP } from 'node:net';
import * as v from 'valibot';
import { CloudError } from '../bosh/cloud-error.ts';
import { checkInput, describeFlaws } from '../bosh/schema.ts';

/** `cloud_properties` of a network's subnet. */
const networkProperties = v.strictObject({
  strategy: v.optional(v.picklist(['service', 'calico'])),
  /** Ports that a Service address forwards: `22`, `"53/UDP"`. */
  ports: v.optional(v.array(v.union([v.number(), v.string()]))),
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

/** The network's address. @throws CloudError CpiError where it has none or not one */
export function requireAddress(name: string, ip: string | undefined): string {
  if (ip === undefined || isIP(ip) === 0)
    throw new CloudError('CpiError', `networks.${name}.ip: expected an IP address`);
  return ip;
}

/** An address with the prefix that covers it alone. */
export function hostPrefix(ip: string): string {
  return `${ip}/${isIP(ip) === 6 ? 128 : 32}`;
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
