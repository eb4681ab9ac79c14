import { isIPv4, isIPv6 } from 'node:net';

export type Family = 'IPv4' | 'IPv6';

export function familyOf(address: string): Family {
  return isIPv4(address) ? 'IPv4' : 'IPv6';
}

/**
 * An address as Kubernetes and its network plugins write it, so that equal addresses are equal texts; undefined for anything else.
 * An address with a zone (`fe80::1%eth0`) or an IPv4 address in IPv6's form is none that a pod or a Service could have.
 */
export function canonicalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes('%')) return undefined;
  // RFC 5952, which the URL standard demands too
  const address = new URL(`http://[${text}]`).hostname.slice(1, -1);
  return address.startsWith('::ffff:') ? undefined : address;
}

/** An address with the prefix that covers it alone. */
export function hostPrefix(address: string): string {
  return `${address}/${isIPv4(address) ? 32 : 128}`;
}

/** Length of a subnet's prefix from its mask (`255.255.255.0` is 24); undefined where it is no mask of the address's family. */
export function prefixLength(address: string, netmask: string | undefined): number | undefined {
  const mask = netmask === undefined ? undefined : canonicalAddress(netmask);
  if (mask === undefined || familyOf(mask) !== familyOf(address)) return undefined;
  return /^(1*)0*$/.exec(bits(mask))?.[1]?.length;
}

/** The subnet that an address lies in, as `10.0.0.0/24`. */
export function subnetOf(address: string, length: number): string {
  const all = bits(address);
  const digits = all.slice(0, length).padEnd(all.length, '0');
  const first = isIPv4(address)
    ? (digits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)).join('.')
    : (digits.match(/.{16}/g) ?? []).map((group) => Number.parseInt(group, 2).toString(16)).join(':');
  return `${canonicalAddress(first)}/${length}`;
}

/** Whether an address is in any of the ranges, each written `10.0.0.0/8`, `10.0.0.1..10.0.0.9` or `10.0.0.1`. */
export function isWithin(ranges: readonly string[], address: string): boolean {
  return ranges.some((range) => isInOne(range.trim(), address));
}

function isInOne(range: string, address: string): boolean {
  const [base = '', length] = range.split('/');
  const [first, last] = base.split('..').map(canonicalAddress);
  if (first === undefined || familyOf(first) !== familyOf(address)) return false;
  if (length !== undefined) return subnetOf(address, Number(length)) === subnetOf(first, Number(length));
  return bits(first) <= bits(address) && bits(address) <= bits(last ?? first);
}

/** All bits of a canonical address. */
function bits(address: string): string {
  if (isIPv4(address))
    return address
      .split('.')
      .map((byte) => Number(byte).toString(2).padStart(8, '0'))
      .join('');
  const [head = '', tail] = address.split('::');
  const groups = (text: string | undefined) => (text ?? '').split(':').filter(Boolean);
  const [left, right] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right]
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('');
}
