import { serviceName } from '../bosh/labels.ts';
import type { NetworkPlan, NetworkRequest } from './plan.ts';
import { requireAddress, servicePorts } from './properties.ts';

/** A vip network: a Service with the address in front of the VM, by default a load balancer that is asked for it. */
export function planVip({ vm, name, network, properties, ports }: NetworkRequest): NetworkPlan {
  const ip = requireAddress(name, network.ip);
  const type = properties.type ?? 'LoadBalancer';
  return {
    services: [
      {
        name: serviceName(`${vm}-${name}`),
        ...(properties.annotations !== undefined && { annotations: properties.annotations }),
        spec: {
          type,
          ...(type === 'ClusterIP' ? { clusterIP: ip } : { loadBalancerIP: ip }),
          publishNotReadyAddresses: true,
          ports: servicePorts(ports, `networks.${name}: ports`),
        },
      },
    ],
  };
}
