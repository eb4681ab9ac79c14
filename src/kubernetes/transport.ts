import type { Agent } from 'node:http';
import { type CredentialReader, type Credentials, credentialReader } from './credentials.ts';
import type { Endpoint } from './kubeconfig.ts';
import { proxyFor } from './proxy.ts';
import type { Connections } from './transport-node.ts';

/** One request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** Path with query, below the server's base URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** Bound until the answer's headers are here, in milliseconds; running a credential plugin has its own. */
  readonly timeoutMs: number;
  /** Re-read the token file, or run the plugin, first. */
  readonly renew?: boolean;
}

/** An answer whose body is handed out as it comes. It must be read to its end, left or cancelled. */
export interface Streamed {
  readonly status: number;
  /** By lower-case name; several of one name joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Can be read once. Leaving the loop closes the connection. Throws the reason of an abort or `cancel`, or an error with the code of the socket layer
   * when the connection breaks or ends within the answer.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** Closes the connection; reading then throws `reason`. */
  cancel(reason: Error): void;
}

/** What a connection that is not a plain request (a WebSocket) needs. */
export interface Upgrade {
  readonly url: string;
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Bound of the handshake in milliseconds. */
  readonly timeoutMs: number;
}

/** Opens requests to one API server over kept-alive connections. */
export interface Transport {
  readonly server: string;
  /** True when reading the credentials again may give others, so that a 401 is worth one more try. */
  readonly renewable: boolean;
  /** PEM of the kubeconfig's client certificate. */
  readonly certificate: string | undefined;
  /** One request. Its signal also ends the reading of the answer. */
  open(request: WireRequest): Promise<Streamed>;
  upgrade(path: string, timeoutMs: number, renew: boolean): Promise<Upgrade>;
  close(): void;
}

/**
 * Makes the transport of a target. No I/O until the first call.
 *
 * In the executable requests go through the runtime's own fetch, which costs a call half of what node:https does; proxies, other server names
 * and WebSockets, and everything on Node, go through node:https, which is loaded when first needed.
 *
 * @param env where proxies are read from
 * @param connectMs bound for a proxy to open a tunnel, in milliseconds
 */
export function createTransport(target: Endpoint, env: NodeJS.ProcessEnv, connectMs: number): Transport {
  const base = new URL(target.server);
  const proxy = proxyFor(base, target.proxyUrl, env);
  const reader = credentialReader(target.credentials);
  const fetches = process.versions.bun !== undefined && target.tls.serverName === undefined && !namesProxy(target, env);
  let made: Promise<Connections> | undefined;

  function connections(): Promise<Connections> {
    made ??= import('./transport-node.ts').then(({ openConnections }) => openConnections(target, proxy, connectMs));
    return made;
  }

  async function open(request: WireRequest): Promise<Streamed> {
    if (!fetches) return (await connections()).open(await identified(reader, target, request));
    const { openByFetch } = await import('./transport-bun.ts');
    return await openByFetch(target, await identified(reader, target, request));
  }

  return {
    server: target.server,
    renewable: reader.renewable,
    certificate: target.tls.cert,
    open,
    async upgrade(path, timeoutMs, renew) {
      const credentials = await reader.read(renew);
      const url = target.server.replace(/^http/, 'ws') + path;
      const agent = (await connections()).agentFor(credentials);
      return { url, agent, headers: identity(target, credentials), timeoutMs };
    },
    close() {
      void made?.then((opened) => opened.close());
    },
  };
}

/** Bun's fetch obeys these variables by rules of its own. */
function namesProxy(target: Endpoint, env: NodeJS.ProcessEnv): boolean {
  const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
  return target.proxyUrl !== undefined || names.some((name) => Boolean(env[name]));
}

/** A request with who asks. */
export interface IdentifiedRequest extends Omit<WireRequest, 'headers' | 'renew'> {
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly credentials: Credentials;
}

async function identified(
  reader: CredentialReader,
  target: Endpoint,
  request: WireRequest,
): Promise<IdentifiedRequest> {
  const { renew = false, headers, ...rest } = request;
  const credentials = await reader.read(renew);
  const sent = { 'User-Agent': 'kubernetes-cpi', ...headers, ...identity(target, credentials) };
  return { ...rest, headers: sent, credentials };
}

function identity(target: Endpoint, { authorization }: Credentials): Record<string, string | readonly string[]> {
  return { ...target.impersonation, ...(authorization === undefined ? {} : { Authorization: authorization }) };
}
