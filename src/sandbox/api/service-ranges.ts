import { randomInt } from 'node:crypto';
import { BlockList, isIPv4 } from 'node:net';
import type { ClusterState } from './cluster-state.ts';
import { view } from './object.ts';
import { resource } from './resources.ts';

const RANGES = resource('networking.k8s.io', 'servicecidrs');

/** All IPv4 service ranges that are in use: every ServiceCIDR that is not going. */
export function serviceRanges({ store, serviceRange }: ClusterState): string[] {
  const objects = store.list(RANGES, '').filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const ranges = objects.flatMap((object) => view<{ cidrs?: string[] }>(object.spec ?? {}).cidrs ?? []);
  return [...new Set([serviceRange, ...ranges])].filter((range) => isIPv4(range.split('/')[0] ?? ''));
}

export function inRange(range: string, address: string): boolean {
  const [network = '', bits = '32'] = range.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(bits), 'ipv4');
  return list.check(address, 'ipv4');
}

/** The network address and the broadcast address are no service addresses. */
export function isEdge(range: string, address: string): boolean {
  const { first, size } = bounds(range);
  const offset = toNumber(address) - first;
  return offset === 0 || offset === size - 1;
}

/** A random free address, from the upper band first as the real allocator does. */
export function pickAddress(range: string, taken: (address: string) => boolean): string | undefined {
  const { first, size } = bounds(range);
  const band = Math.min(Math.max(16, Math.floor(size / 16)), 256);
  const usable = size - 1;
  const start = randomInt(band, Math.max(band + 1, usable));
  for (let step = 0; step < usable - 1; step += 1) {
    const offset = 1 + ((start - 1 + step) % (usable - 1));
    const address = toAddress(first + offset);
    if (!taken(address)) return address;
  }
  return undefined;
}

function bounds(range: string): { first: number; size: number } {
  const [network = '', bits = '32'] = range.split('/');
  const size = 2 ** (32 - Number(bits));
  return { first: Math.floor(toNumber(network) / size) * size, size };
}

function toNumber(address: string): number {
  return address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
