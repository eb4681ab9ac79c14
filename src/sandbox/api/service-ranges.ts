import { randomInt } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { ClusterState } from './cluster-state.ts';
import { view } from './object.ts';
import { resource } from './resources.ts';

export type Family = 'IPv4' | 'IPv6';

const RANGES = resource('networking.k8s.io', 'servicecidrs');

export function familyOf(address: string): Family {
  return isIPv4(address) ? 'IPv4' : 'IPv6';
}

/** All service ranges of a family that are in use, the first one first: every ServiceCIDR that is not going. */
export function serviceRanges({ store, serviceRanges: first }: ClusterState, family: Family): string[] {
  const objects = store.list(RANGES, '').filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const ranges = objects.flatMap((object) => view<{ cidrs?: string[] }>(object.spec ?? {}).cidrs ?? []);
  return [...new Set([...first, ...ranges])].filter((range) => familyOf(range.split('/')[0] ?? '') === family);
}

/** Whether an address of the range's family can be a Service's: not the network's own, nor the broadcast address that version 4 has. */
export function isServiceAddress(range: string, address: string): boolean {
  const { first, last } = bounds(range);
  const value = toNumber(address);
  return first <= value && value <= last;
}

/** A random free address, from the upper band first as the real allocator does. */
export function pickAddress(range: string, taken: (address: string) => boolean): string | undefined {
  const { first, last } = bounds(range);
  const usable = last - first + 1n;
  const sixteenth = usable / 16n;
  const band = sixteenth < 16n ? 16n : sixteenth > 256n ? 256n : sixteenth;
  // more than this many addresses are not in use
  const upper = Number(usable - band > 2n ** 32n ? 2n ** 32n : usable - band);
  const start = upper > 0 ? band + BigInt(randomInt(upper)) : 0n;
  for (let step = 0n; step < usable; step += 1n) {
    const address = toAddress(first + ((start + step) % usable), familyOf(range.split('/')[0] ?? ''));
    if (!taken(address)) return address;
  }
  return undefined;
}

/** The first and the last address for services. */
function bounds(range: string): { first: bigint; last: bigint } {
  const [network = '', bits] = range.split('/');
  const four = isIPv4(network);
  const size = 2n ** BigInt((four ? 32 : 128) - Number(bits));
  const base = (toNumber(network) / size) * size;
  return { first: base + 1n, last: base + size - (four ? 2n : 1n) };
}

function toNumber(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n);
  const [left = [], right = []] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n);
}

function toAddress(value: bigint, family: Family): string {
  if (family === 'IPv4') return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) % 256n).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(16 * (7 - index))) % 65_536n);
  // written as RFC 5952 has it
  return new URL(`http://[${groups.map((group) => group.toString(16)).join(':')}]`).hostname.slice(1, -1);
}
