import { serviceName } from '../bosh/labels.ts';
import type { NetworkPlan, NetworkRequest } from './plan.ts';
import { servicePorts } from './properties.ts';
import { singleStack } from './service.ts';
import type { PlannedService } from './types.ts';

/** vip networks: a Service with the address in front of the VM, by default a load balancer that is asked for it. */
export function planVips(requests: readonly NetworkRequest[]): NetworkPlan {
  return { services: requests.map(vipService) };
}

function vipService({ vm, name, ip, properties, ports }: NetworkRequest): PlannedService {
  const type = properties.type ?? 'LoadBalancer';
  return {
    name: serviceName(`${vm}-${name}`),
    ...(properties.annotations !== undefined && { annotations: properties.annotations }),
    spec: {
      type,
      ...(type === 'ClusterIP' ? { clusterIP: ip } : { loadBalancerIP: ip }),
      ...singleStack(ip),
      publishNotReadyAddresses: true,
      ports: servicePorts(ports, `networks.${name}: ports`),
    },
  };
}
