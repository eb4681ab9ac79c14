import { CloudError } from '../bosh/cloud-error.ts';
import type { Session } from '../bosh/session.ts';
import type { NetworkPlan, NetworkRequest } from './plan.ts';
import { readWhereAllowed, requireWithin } from './plugin-objects.ts';
import { oneOfEachFamily, refuseTaken } from './pod-address.ts';

interface IpPool {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly ipRanges: readonly { readonly cidr?: string; readonly start?: string; readonly end?: string }[];
  };
}

/**
 * Strategy `antrea`: the pod itself has the BOSH address, by the annotations of AntreaIPAM.
 * Source: antrea docs/antrea-ipam.md and pkg/agent/cniserver/ipam: an address counts only beside a pool, of which there is one for each family.
 */
export function planAntrea(all: readonly NetworkRequest[]): NetworkPlan {
  const requests = oneOfEachFamily(all);
  const promised = requests.map(({ ip }) => ip);
  const pools = new Set(requests.map(requirePoolName));
  return {
    promised,
    givenBy: 'ipam.antrea.io/pod-ips',
    annotations: { 'ipam.antrea.io/ippools': [...pools].join(','), 'ipam.antrea.io/pod-ips': promised.join(',') },
    async check(session) {
      await requirePools(session, requests);
      await refuseTaken(session, requests);
    },
  };
}

function requirePoolName({ name, properties }: NetworkRequest): string {
  if (properties.ippool !== undefined) return properties.ippool;
  const message = `networks.${name}.cloud_properties.ippool: required by the strategy antrea, the name of the IPPool that holds the subnet's addresses`;
  throw new CloudError('CpiError', message);
}

async function requirePools(session: Session, requests: readonly NetworkRequest[]): Promise<void> {
  const pools = await readWhereAllowed<IpPool>(session, '/apis/crd.antrea.io/v1beta1/ippools', "Antrea's IPPools");
  if (pools === undefined) return;
  for (const request of requests) {
    const name = requirePoolName(request);
    const ranges = pools
      .filter(({ metadata }) => metadata.name === name)
      .flatMap(({ spec }) => spec.ipRanges)
      .map(({ cidr, start, end }) => cidr ?? `${start}..${end}`);
    requireWithin(request, ranges, `IPPool ${name} of Antrea`);
  }
}
