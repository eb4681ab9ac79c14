import { CloudError } from '../bosh/cloud-error.ts';
import type { NetworkStrategyName, Session } from '../bosh/session.ts';
import { planAntrea } from './antrea.ts';
import { planCalico } from './calico.ts';
import { planKubeOvn } from './kube-ovn.ts';
import { planMultus } from './multus.ts';
import { planOvn } from './ovn.ts';
import { type NetworkProperties, parseNetworkProperties, requireAddress } from './properties.ts';
import { planService } from './service.ts';
import type { Network, Networks, PlannedService } from './types.ts';
import { planVips } from './vip.ts';

/** What networks of one kind need of the cluster. */
export interface NetworkPlan {
  /** Annotations on the VM's pod. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Addresses the machine itself holds, with their prefix. */
  readonly addresses?: readonly string[];
  readonly services?: readonly PlannedService[];
  /** Addresses the Director counts on, in canonical form. */
  readonly promised?: readonly string[];
  /** What makes the pod's own addresses the promised ones: the annotation that a plugin must have read. */
  readonly givenBy?: string;
  /**
   * Looks for addresses that cannot be had, before anything is made.
   * @throws CloudError that names the ranges there are, or the owner of the address
   */
  readonly check?: (session: Session) => Promise<void>;
}

/** One network of a VM, with its address. */
export interface NetworkRequest {
  readonly vm: string;
  readonly name: string;
  /** In canonical form. */
  readonly ip: string;
  readonly network: Network;
  readonly properties: NetworkProperties;
  /** Ports of a Service address: the network's or else the configured ones, and the VM's. */
  readonly ports: readonly (number | string)[];
}

/** How addresses are kept, by name; a strategy is a file beside this one, and takes all networks of a VM that use it. */
const strategies: Readonly<Record<NetworkStrategyName | 'vip', (requests: readonly NetworkRequest[]) => NetworkPlan>> =
  {
    service: planService,
    calico: planCalico,
    'kube-ovn': planKubeOvn,
    antrea: planAntrea,
    ovn: planOvn,
    multus: planMultus,
    vip: planVips,
  };

/** Those by which a pod gets its own address: a cluster has one of these plugins. */
const podStrategies: ReadonlySet<string> = new Set<NetworkStrategyName>(['calico', 'kube-ovn', 'antrea', 'ovn']);

/**
 * Plans a VM's networks. A dynamic one needs nothing.
 * @param networks as given to create_vm
 * @param ports `cloud_properties.ports` of the VM
 * @throws CloudError CpiError that names the network
 */
export function planNetworks(
  vm: string,
  networks: Networks,
  defaults: Session['network'],
  ports: readonly (number | string)[],
): readonly NetworkPlan[] {
  const requests = new Map<keyof typeof strategies, NetworkRequest[]>();
  for (const [name, network] of Object.entries(networks)) {
    const properties = parseNetworkProperties(name, network.cloud_properties);
    if (network.type === 'dynamic') continue;
    const ip = requireAddress(name, network.ip);
    const request = { vm, name, ip, network, properties, ports: [...(properties.ports ?? defaults.ports), ...ports] };
    const strategy = network.type === 'vip' ? 'vip' : (properties.strategy ?? defaults.strategy);
    requests.set(strategy, [...(requests.get(strategy) ?? []), request]);
  }
  refuseTwoPlugins([...requests]);
  return [...requests].map(([strategy, of]) => strategies[strategy](of));
}

function refuseTwoPlugins(requests: readonly (readonly [string, readonly NetworkRequest[]])[]): void {
  const [first, second] = requests.filter(([strategy]) => podStrategies.has(strategy));
  if (first === undefined || second === undefined) return;
  const message = `networks.${second[1][0]?.name}: the strategy ${second[0]} cannot be with ${first[0]} of ${first[1][0]?.name}, since a cluster has one of these plugins`;
  throw new CloudError('CpiError', message);
}
