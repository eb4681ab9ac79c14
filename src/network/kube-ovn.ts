import { CloudError } from '../bosh/cloud-error.ts';
import type { Session } from '../bosh/session.ts';
import { isWithin } from './address.ts';
import type { NetworkPlan, NetworkRequest } from './plan.ts';
import { readWhereAllowed, requireWithin } from './plugin-objects.ts';
import { commonProperty, oneOfEachFamily, refuseTaken } from './pod-address.ts';

interface Subnet {
  readonly metadata: { readonly name: string };
  readonly spec: {
    /** One range, or one of each family joined by a comma; so is the gateway. */
    readonly cidrBlock?: string;
    readonly gateway?: string;
    /** Addresses and ranges `a..b` that are given only to who asks for them. */
    readonly excludeIps?: readonly string[];
  };
}

/**
 * Strategy `kube-ovn`: the pod itself has the BOSH address, by the annotations of Kube-OVN.
 * Source: kube-ovn pkg/util/const.go, pkg/ipam: version 4 before version 6; a static address may be an excluded one. A pod of the same name keeps it.
 */
export function planKubeOvn(all: readonly NetworkRequest[]): NetworkPlan {
  const requests = oneOfEachFamily(all);
  const promised = requests.map(({ ip }) => ip);
  const subnet = commonProperty(requests, 'subnet');
  return {
    promised,
    givenBy: 'ovn.kubernetes.io/ip_address',
    annotations: {
      'ovn.kubernetes.io/ip_address': promised.join(','),
      ...(subnet !== undefined && { 'ovn.kubernetes.io/logical_switch': subnet }),
    },
    async check(session) {
      await requireSubnet(session, requests, subnet);
      await refuseTaken(session, requests);
    },
  };
}

async function requireSubnet(session: Session, requests: readonly NetworkRequest[], name: string | undefined) {
  const all = await readWhereAllowed<Subnet>(session, '/apis/kubeovn.io/v1/subnets', "Kube-OVN's Subnets");
  if (all === undefined) return;
  const subnets = name === undefined ? all : all.filter(({ metadata }) => metadata.name === name);
  const ranges = subnets.flatMap(({ spec }) => split(spec.cidrBlock));
  for (const request of requests) {
    requireWithin(request, ranges, name === undefined ? 'a Subnet of Kube-OVN' : `Subnet ${name} of Kube-OVN`);
    const own = subnets.filter(({ spec }) => isWithin(split(spec.cidrBlock), request.ip));
    if (own.every(({ spec }) => isWithin(split(spec.gateway), request.ip))) {
      throw new CloudError('CloudError', `networks.${request.name}.ip: ${request.ip} is the gateway of its Subnet`);
    }
    if (!own.some(({ spec }) => isWithin(spec.excludeIps ?? [], request.ip))) {
      const subnet = own[0]?.metadata.name;
      session.log(
        `${request.ip} is not among excludeIps of Subnet ${subnet}: any pod may get it while the VM has none`,
      );
    }
  }
}

function split(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : text.split(',');
}
