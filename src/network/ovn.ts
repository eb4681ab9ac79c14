import { CloudError } from '../bosh/cloud-error.ts';
import type { Session } from '../bosh/session.ts';
import { isWithin } from './address.ts';
import { attachmentDefinitions } from './attachment-definitions.ts';
import type { NetworkPlan, NetworkRequest } from './plan.ts';
import { requireWithin } from './plugin-objects.ts';
import { oneOfEachFamily, refuseTaken } from './pod-address.ts';
import { withPrefix } from './properties.ts';

/**
 * Strategy `ovn`: the BOSH address on the primary user-defined network of the namespace, by the annotation that OVN-Kubernetes reads.
 * Source: ovn-kubernetes docs/okeps/okep-5233-preconfigured-udn-addresses.md; the network is always named by its stub `ovn-kubernetes/default`, and gets as
 * many addresses as it has subnets.
 */
export function planOvn(all: readonly NetworkRequest[]): NetworkPlan {
  const requests = oneOfEachFamily(all);
  const ips = requests.map(withPrefix);
  return {
    promised: requests.map(({ ip }) => ip),
    annotations: {
      'v1.multus-cni.io/default-network': JSON.stringify([{ name: 'default', namespace: 'ovn-kubernetes', ips }]),
    },
    async check(session) {
      await requirePrimaryNetwork(session, requests);
      await refuseTaken(session, requests);
    },
  };
}

async function requirePrimaryNetwork(session: Session, requests: readonly NetworkRequest[]): Promise<void> {
  const { namespace } = session.cluster;
  const definitions = await attachmentDefinitions(session, namespace);
  if (definitions === undefined) return;
  const primary = definitions.find(({ config }) => config.role === 'primary');
  if (primary?.config.topology !== 'layer2') {
    const message = `the strategy ovn needs a primary user-defined network with topology Layer2 for namespace ${namespace}: the default network of OVN-Kubernetes takes no wishes`;
    throw new CloudError('CloudError', `networks.${requests[0]?.name}: ${message}`);
  }
  const { subnets = '', reservedSubnets = '' } = primary.config;
  const ranges = subnets.split(',').filter(Boolean);
  for (const request of requests) {
    requireWithin(request, ranges, `the primary network ${primary.name}`);
    if (!isWithin(reservedSubnets.split(','), request.ip)) {
      const network = primary.name;
      session.log(`${request.ip} is not in reservedSubnets of ${network}: any pod may get it while the VM has none`);
    }
  }
  if (ranges.length !== requests.length) {
    const message = `the primary network ${primary.name} wants an address in each of ${ranges.join(', ')}`;
    throw new CloudError('CloudError', `networks.${requests[0]?.name}: ${message}`);
  }
}
