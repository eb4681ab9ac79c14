import { CloudError } from '../bosh/cloud-error.ts';
import { serviceName } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { familyOf, hostPrefix, isWithin, prefixLength, subnetOf } from './address.ts';
import type { NetworkPlan, NetworkRequest } from './plan.ts';
import { readWhereAllowed } from './plugin-objects.ts';
import { servicePorts } from './properties.ts';
import type { PlannedService } from './types.ts';

/**
 * Strategy `service`: the BOSH address is the cluster IP of a Service of the VM, so it stays through every recreation on any CNI.
 * The API server hands an address out once, so a clash is found when the Service is made, before the pod. The machine holds the address too (/32 on lo):
 * what it sends to itself needs no hairpin.
 */
export function planService(requests: readonly NetworkRequest[]): NetworkPlan {
  return {
    promised: requests.map(({ ip }) => ip),
    addresses: requests.map(({ ip }) => hostPrefix(ip)),
    services: requests.map(addressService),
    check: (session) => requireRanges(session, requests),
  };
}

function addressService({ vm, name, ip, ports }: NetworkRequest): PlannedService {
  return {
    name: serviceName(`${vm}-${name}`),
    spec: {
      type: 'ClusterIP',
      clusterIP: ip,
      ...singleStack(ip),
      // the agent must be reached before it is Ready
      publishNotReadyAddresses: true,
      ports: servicePorts(ports, `networks.${name}: ports`),
    },
  };
}

/** A Service of one address has its family, whatever the cluster prefers. */
export function singleStack(ip: string): { ipFamilies: string[]; ipFamilyPolicy: string } {
  return { ipFamilies: [familyOf(ip)], ipFamilyPolicy: 'SingleStack' };
}

/** Kubernetes 1.33 and later say which addresses Services may have. */
interface ServiceCidr {
  readonly metadata: { readonly deletionTimestamp?: string };
  readonly spec: { readonly cidrs: readonly string[] };
}

async function requireRanges(session: Session, requests: readonly NetworkRequest[]): Promise<void> {
  const path = '/apis/networking.k8s.io/v1/servicecidrs';
  const found = await readWhereAllowed<ServiceCidr>(session, path, 'ranges of Services');
  if (found === undefined) return;
  const ranges = found
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .flatMap(({ spec }) => spec.cidrs);
  for (const request of requests) {
    if (isWithin(ranges, request.ip)) continue;
    const message = `networks.${request.name}.ip: ${request.ip} is in no range of Services (${ranges.join(', ')}): take an address of these, or have this applied: ${rangeManifest(request)}`;
    throw new CloudError('CloudError', message);
  }
}

/** What makes an address of the network's subnet one for Services, as one line that kubectl takes. */
function rangeManifest({ ip, network }: NetworkRequest): string {
  const usual = familyOf(ip) === 'IPv4' ? 24 : 112;
  const range = subnetOf(ip, prefixLength(ip, network.netmask) ?? usual);
  const name = `bosh-${range.replace(/[^0-9a-f]+/g, '-')}`;
  return JSON.stringify({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name },
    spec: { cidrs: [range] },
  });
}
