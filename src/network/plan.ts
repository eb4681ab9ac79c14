import { CloudError } from '../bosh/cloud-error.ts';
import type { Session } from '../bosh/session.ts';
import { planCalico } from './calico.ts';
import { type NetworkProperties, parseNetworkProperties } from './properties.ts';
import { planService } from './service.ts';
import type { Network, Networks, PlannedService } from './types.ts';
import { planVip } from './vip.ts';

/** What one network needs of the cluster. */
export interface NetworkPlan {
  /** Annotations on the VM's pod. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Addresses the machine itself holds, with their prefix. */
  readonly addresses?: readonly string[];
  readonly services?: readonly PlannedService[];
  /** Address the Director counts on. */
  readonly promised?: string;
  /**
   * Looks for a clash before anything is made.
   * @throws CloudError that names the owner of the address
   */
  readonly check?: (session: Session) => Promise<void>;
}

/** What a strategy works with. */
export interface NetworkRequest {
  readonly vm: string;
  readonly name: string;
  readonly network: Network;
  readonly properties: NetworkProperties;
  /** Ports of a Service address: the network's or else the configured ones, and the VM's. */
  readonly ports: readonly (number | string)[];
}

/** How manual addresses are kept, by name; a strategy is a file beside this one. */
const strategies: Readonly<Record<'service' | 'calico', (request: NetworkRequest) => NetworkPlan>> = {
  service: planService,
  calico: planCalico,
};

/**
 * Plans a VM's networks.
 * @param networks as given to create_vm
 * @param ports `cloud_properties.ports` of the VM
 * @throws CloudError CpiError or NotSupported that names the network
 */
export function planNetworks(
  vm: string,
  networks: Networks,
  defaults: Session['network'],
  ports: readonly (number | string)[],
): readonly NetworkPlan[] {
  const plans = Object.entries(networks).map(([name, network]): readonly [string, NetworkPlan] => [
    name,
    planNetwork(vm, name, network, defaults, ports),
  ]);
  refuseTwins(plans);
  return plans.map(([, plan]) => plan);
}

function planNetwork(
  vm: string,
  name: string,
  network: Network,
  defaults: Session['network'],
  ports: readonly (number | string)[],
): NetworkPlan {
  const properties = parseNetworkProperties(name, network.cloud_properties);
  const request = { vm, name, network, properties, ports: [...(properties.ports ?? defaults.ports), ...ports] };
  switch (network.type ?? 'manual') {
    case 'dynamic':
      return {};
    case 'vip':
      return planVip(request);
    default:
      return strategies[properties.strategy ?? defaults.strategy](request);
  }
}

/** A pod has an annotation once: of two networks that set the same one, the first would lose its address without a word. */
function refuseTwins(plans: readonly (readonly [string, NetworkPlan])[]): void {
  const first = new Map<string, string>();
  for (const [name, { annotations = {} }] of plans) {
    for (const key of Object.keys(annotations)) {
      const other = first.get(key);
      if (other !== undefined) {
        const message = `networks.${name}: ${other} sets the annotation ${key} of the VM already: use the strategy service for one of them`;
        throw new CloudError('CpiError', message);
      }
      first.set(key, name);
    }
  }
}
