import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';

/** Addresses of a cluster with a node. Each cluster has ranges of its own, since the host routes to all of them. */
export interface ClusterNetwork {
  /** Network namespace, as `ip netns` names it. */
  readonly namespace: string;
  /** The host's end of the pair of interfaces. */
  readonly hostInterface: string;
  /** The host as pods and the kubelet see it: services a test listens with here are reachable from pods. */
  readonly hostAddress: string;
  /** The node as the host sees it; NodePorts are on this address. */
  readonly nodeAddress: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
}

const most = 8;

/** Where `ip netns` keeps names. */
const names = '/run/netns';

function ranges(name: string, index: number): ClusterNetwork {
  return {
    namespace: `kcpi-${name}`,
    hostInterface: `kcpi${index}`,
    hostAddress: `10.87.${index}.1`,
    nodeAddress: `10.87.${index}.2`,
    podCidr: `10.${88 + index}.0.0/16`,
    serviceCidr: `10.${96 + index}.0.0/16`,
  };
}

/** The first address of a range after the network's own: the `kubernetes` Service has it. */
export function firstAddress(cidr: string): string {
  return cidr.replace(/\.0\/\d+$/, '.1');
}

/**
 * Picks ranges no route of this machine and no other cluster has.
 * @param taken networks of the clusters that exist
 * @throws when all eight are in use
 */
export async function pickNetwork(name: string, taken: readonly ClusterNetwork[]): Promise<ClusterNetwork> {
  const routes = await run('ip', ['route', 'show', 'table', 'all']);
  for (let index = 0; index < most; index++) {
    const network = ranges(name, index);
    const prefixes = [network.podCidr, network.serviceCidr].map((range) => range.replace(/\.0\.0\/16$/, '.'));
    prefixes.push(network.hostAddress.replace(/1$/, ''));
    const isRouted = routes.split(/\s/).some((word) => prefixes.some((prefix) => word.startsWith(prefix)));
    const isTaken = taken.some((other) => other.hostInterface === network.hostInterface);
    if (!isRouted && !isTaken) return network;
  }
  throw new Error(
    `no free address range: ${most} clusters with a node are there, or their ranges are routed elsewhere`,
  );
}

/** Makes the namespace, the pair of interfaces and the host's routes. Nothing of the host itself is changed: no sysctl, no rule. */
export async function createNetwork(network: ClusterNetwork): Promise<void> {
  const { namespace, hostInterface, hostAddress, nodeAddress } = network;
  const inside = (...args: readonly string[]): Promise<string> => run('ip', ['-n', namespace, ...args]);
  await run('ip', ['netns', 'add', namespace]);
  await run('ip', ['link', 'add', hostInterface, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace]);
  await run('ip', ['address', 'add', `${hostAddress}/30`, 'dev', hostInterface]);
  await run('ip', ['link', 'set', hostInterface, 'up']);
  await inside('link', 'set', 'lo', 'up');
  await inside('address', 'add', `${nodeAddress}/30`, 'dev', 'eth0');
  await inside('link', 'set', 'eth0', 'up');
  await inside('route', 'add', 'default', 'via', hostAddress);
  for (const range of [network.podCidr, network.serviceCidr]) {
    await run('ip', ['route', 'add', range, 'via', nodeAddress, 'dev', hostInterface]);
  }
  // A Service address nobody has must be refused at once: sent on to the host, it would come straight back.
  const refuse = ['-d', network.serviceCidr, '-j', 'REJECT'];
  for (const chain of ['FORWARD', 'OUTPUT']) {
    await run('ip', ['netns', 'exec', namespace, 'iptables', '-w', '-A', chain, ...refuse]);
  }
  await run('ip', ['netns', 'exec', namespace, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
}

/**
 * Takes away what createNetwork made, all or a part of it; what is gone already is fine. The routes go with the interface.
 * `ip netns` also makes a mount of its folder for all names to come; without names it is of no use to anyone.
 */
export async function deleteNetwork(network: ClusterNetwork): Promise<void> {
  const links = await run('ip', ['-o', 'link', 'show']);
  if (links.includes(`: ${network.hostInterface}@`)) await run('ip', ['link', 'delete', network.hostInterface]);
  if (existsSync(join(names, network.namespace))) await run('ip', ['netns', 'delete', network.namespace]);
  if (!existsSync(names) || readdirSync(names).length > 0) return;
  if (readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${names} `)) await run('umount', [names]);
  rmdirSync(names);
}
