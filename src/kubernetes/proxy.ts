import type { BlockList } from 'node:net';

/** Reached only where a proxy is named: loading the module costs every other call 3 ms. */
const net = () => process.getBuiltinModule('node:net');

/**
 * The proxy for a server, or undefined to connect directly: the kubeconfig's `proxy-url` always wins, then
 * HTTPS_PROXY or HTTP_PROXY by the server's scheme unless NO_PROXY names it. Loopback is never proxied by environment.
 * Throws when the proxy's URL or scheme cannot be used; the message holds no password.
 * Source: https://pkg.go.dev/golang.org/x/net/http/httpproxy, which kubectl uses
 */
export function proxyFor(server: URL, proxyUrl: string | undefined, env: NodeJS.ProcessEnv): URL | undefined {
  if (proxyUrl !== undefined) return parseProxy(proxyUrl, 'proxy-url');
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = variable(env, name);
  if (value === undefined) return undefined;
  const port = server.port === '' ? (server.protocol === 'https:' ? 443 : 80) : Number(server.port);
  return bypasses(bareHost(server), port, variable(env, 'NO_PROXY') ?? '') ? undefined : parseProxy(value, name);
}

/** Host of a URL without the brackets of an IPv6 address. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name] || env[name.toLowerCase()] || undefined;
}

function parseProxy(value: string, origin: string): URL {
  const text = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(text)) throw new Error(`${origin}: not a URL`);
  const url = new URL(text);
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw new Error(`${origin}: a ${url.protocol.replace(':', '')} proxy is not supported, only http and https ones are`);
}

function loopback(): BlockList {
  const list = new (net().BlockList)();
  list.addSubnet('127.0.0.0', 8, 'ipv4');
  list.addAddress('::1', 'ipv6');
  return list;
}

/**
 * Whether NO_PROXY (or loopback) exempts a host. Entries, separated by commas: `*`; an address; a CIDR range; a
 * domain, which also exempts what is below it; `.domain` and `*.domain`, only what is below; each with an optional port.
 * @param host name or address, IPv6 without brackets
 */
export function bypasses(host: string, port: number, noProxy: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  const family = familyOf(name);
  if (name === 'localhost' || (family !== undefined && loopback().check(name, family))) return true;
  return noProxy.split(',').some((entry) => matches(entry.trim().toLowerCase(), name, port));
}

function matches(entry: string, host: string, port: number): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const family = familyOf(host);
  const cidr = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry);
  if (cidr !== null) return family !== undefined && inRange(host, family, cidr[1] ?? '', Number(cidr[2]));
  const { name, port: only } = splitPort(entry);
  if (only !== undefined && only !== port) return false;
  if (family !== undefined)
    return familyOf(name) === family && inRange(host, family, name, family === 'ipv4' ? 32 : 128);
  const domain = name.replace(/^\*/, '').replace(/\.$/, '');
  if (domain.startsWith('.')) return host.endsWith(domain) && host.length > domain.length;
  return host === domain || host.endsWith(`.${domain}`);
}

function splitPort(entry: string): { name: string; port: number | undefined } {
  const bracketed = /^\[([^\]]*)\](?::(\d+))?$/.exec(entry);
  if (bracketed !== null) return { name: bracketed[1] ?? '', port: numberOf(bracketed[2]) };
  // A bare IPv6 address has several colons, none of which starts a port.
  const plain = /^([^:]*):(\d+)$/.exec(entry);
  return plain === null ? { name: entry, port: undefined } : { name: plain[1] ?? '', port: numberOf(plain[2]) };
}

function numberOf(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

function inRange(address: string, family: 'ipv4' | 'ipv6', network: string, prefix: number): boolean {
  if (familyOf(network) !== family || prefix > (family === 'ipv4' ? 32 : 128)) return false;
  const list = new (net().BlockList)();
  list.addSubnet(network, prefix, family);
  return list.check(address, family);
}

function familyOf(host: string): 'ipv4' | 'ipv6' | undefined {
  const version = net().isIP(host);
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined;
}
