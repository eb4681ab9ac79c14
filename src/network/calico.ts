import type { Session } from '../bosh/session.ts';
import type { NetworkPlan, NetworkRequest } from './plan.ts';
import { readWhereAllowed, requireWithin } from './plugin-objects.ts';
import { oneOfEachFamily, refuseTaken } from './pod-address.ts';

interface IpPool {
  readonly spec: { readonly cidr: string; readonly disabled?: boolean; readonly allowedUses?: readonly string[] };
}

/**
 * Strategy `calico`: the pod itself has the BOSH address, by the annotation that calico-ipam reads.
 * Source: Calico documentation, "Use a specific IP address with a pod". The address must lie in an enabled IPPool for workloads.
 */
export function planCalico(all: readonly NetworkRequest[]): NetworkPlan {
  const requests = oneOfEachFamily(all);
  const promised = requests.map(({ ip }) => ip);
  return {
    promised,
    givenBy: 'cni.projectcalico.org/ipAddrs',
    annotations: { 'cni.projectcalico.org/ipAddrs': JSON.stringify(promised) },
    async check(session) {
      await requirePool(session, requests);
      await refuseTaken(session, requests);
    },
  };
}

async function requirePool(session: Session, requests: readonly NetworkRequest[]): Promise<void> {
  const pools = await readWhereAllowed<IpPool>(session, '/apis/crd.projectcalico.org/v1/ippools', "Calico's IPPools");
  if (pools === undefined) return;
  const usable = pools.filter(({ spec }) => !spec.disabled && (spec.allowedUses?.includes('Workload') ?? true));
  const ranges = usable.map(({ spec }) => spec.cidr);
  for (const request of requests) requireWithin(request, ranges, 'an enabled IPPool for workloads');
}
