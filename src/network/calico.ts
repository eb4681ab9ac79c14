import { CloudError } from '../bosh/cloud-error.ts';
import { addressAnnotation } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import type { NetworkPlan, NetworkRequest } from './plan.ts';
import { requireAddress } from './properties.ts';

/**
 * Strategy `calico`: the pod itself has the BOSH address, by the annotation that calico-ipam reads.
 * Source: Calico documentation, "Use a specific IP address with a pod". The address must lie in an enabled IPPool.
 */
export function planCalico({ vm, name, network }: NetworkRequest): NetworkPlan {
  const ip = requireAddress(name, network.ip);
  return {
    promised: ip,
    annotations: { 'cni.projectcalico.org/ipAddrs': JSON.stringify([ip]) },
    check: (session) => refuseTaken(session, vm, ip),
  };
}

/** Calico reports a clash only as a sandbox that fails again and again: look who has the address first. */
async function refuseTaken(session: Session, vm: string, ip: string): Promise<void> {
  const { core, namespace } = session.cluster;
  const pods = (await core.listNamespacedPod({ namespace })).items;
  const owner = pods.find(
    ({ metadata, status }) =>
      metadata?.name !== vm &&
      status?.phase !== 'Succeeded' &&
      status?.phase !== 'Failed' &&
      (status?.podIPs?.some((each) => each.ip === ip) ||
        metadata?.annotations?.[addressAnnotation]?.split(',').includes(ip)),
  );
  if (owner !== undefined) throw new CloudError('CloudError', `address ${ip} is taken by pod ${owner.metadata?.name}`);
}
