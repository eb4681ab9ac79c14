import { serviceName } from '../bosh/labels.ts';
import type { NetworkPlan, NetworkRequest } from './plan.ts';
import { hostPrefix, requireAddress, servicePorts } from './properties.ts';

/**
 * Strategy `service`: the BOSH address is the cluster IP of a Service of the VM, so it stays through every recreation on any CNI.
 * The API server hands an address out once, so a clash is found when the Service is made, before the pod. The machine holds the address too (/32 on lo):
 * what it sends to itself needs no hairpin.
 */
export function planService({ vm, name, network, ports }: NetworkRequest): NetworkPlan {
  const ip = requireAddress(name, network.ip);
  return {
    promised: ip,
    addresses: [hostPrefix(ip)],
    services: [
      {
        name: serviceName(`${vm}-${name}`),
        spec: {
          type: 'ClusterIP',
          clusterIP: ip,
          // the agent must be reached before it is Ready
          publishNotReadyAddresses: true,
          ports: servicePorts(ports, `networks.${name}: ports`),
        },
      },
    ],
  };
}
