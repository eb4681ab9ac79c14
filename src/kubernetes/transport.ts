import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { type Credentials, credentialReader } from './credentials.ts';
import { UnreachableError } from './errors.ts';
import type { Target } from './kubeconfig.ts';
import { bareHost, proxyFor } from './proxy.ts';
import { tunnelAgent } from './tunnel.ts';

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

/** What a connection that is not a plain request (a WebSocket) needs. */
export interface Upgrade {
  readonly url: string;
  readonly agent: HttpAgent;
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
  open(request: WireRequest): Promise<IncomingMessage>;
  upgrade(path: string, timeoutMs: number, renew: boolean): Promise<Upgrade>;
  close(): void;
}

/**
 * Makes the transport of a target. No I/O until the first `open`.
 * @param env where proxies are read from
 * @param connectMs bound for a proxy to open a tunnel, in milliseconds
 */
export function createTransport(target: Target, env: NodeJS.ProcessEnv, connectMs: number): Transport {
  const base = new URL(target.server);
  const secure = base.protocol === 'https:';
  const prefix = base.pathname.replace(/\/+$/, '');
  const proxy = proxyFor(base, target.proxyUrl, env);
  const reader = credentialReader(target.credentials);
  const agents = new Map<string, HttpAgent>();

  /** A plugin may change the client certificate, which is a matter of the connection. */
  function agentFor({ cert, key }: Credentials): HttpAgent {
    const id = `${cert ?? ''}\n${key ?? ''}`;
    let agent = agents.get(id);
    if (agent === undefined) {
      agent = makeAgent(tlsOptions(target, cert, key));
      agents.set(id, agent);
    }
    return agent;
  }

  function makeAgent(tls: ConnectionOptions): HttpAgent {
    if (proxy !== undefined) return tunnelAgent(proxy, secure, tls, connectMs);
    return secure ? new HttpsAgent({ keepAlive: true, ...tls }) : new HttpAgent({ keepAlive: true });
  }

  function identity(credentials: Credentials): Record<string, string | readonly string[]> {
    const { authorization } = credentials;
    return { ...target.impersonation, ...(authorization === undefined ? {} : { Authorization: authorization }) };
  }

  async function open(request: WireRequest): Promise<IncomingMessage> {
    const credentials = await reader.read(request.renew ?? false);
    const length = request.body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(request.body)) };
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = (secure ? httpsRequest : httpRequest)({
        host: bareHost(base),
        port: base.port === '' ? (secure ? 443 : 80) : Number(base.port),
        method: request.method,
        path: prefix + request.path,
        headers: { 'User-Agent': 'kubernetes-cpi', ...request.headers, ...length, ...identity(credentials) },
        agent: agentFor(credentials),
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
      const timer = setTimeout(() => {
        const message = `${target.server} did not answer within ${request.timeoutMs} ms`;
        outgoing.destroy(new UnreachableError('TIMEOUT', target.server, message));
      }, request.timeoutMs);
      outgoing.on('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      outgoing.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      outgoing.end(request.body);
    });
  }

  async function upgrade(path: string, timeoutMs: number, renew: boolean): Promise<Upgrade> {
    const credentials = await reader.read(renew);
    const url = target.server.replace(/^http/, 'ws') + path;
    return { url, agent: agentFor(credentials), headers: identity(credentials), timeoutMs };
  }

  function close(): void {
    for (const agent of agents.values()) agent.destroy();
    agents.clear();
  }

  return { server: target.server, renewable: reader.renewable, certificate: target.tls.cert, open, upgrade, close };
}

function tlsOptions(target: Target, cert?: string, key?: string): ConnectionOptions {
  const { tls } = target;
  const pair = { cert: cert ?? tls.cert, key: key ?? tls.key };
  return {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(pair.cert === undefined ? {} : { cert: pair.cert }),
    ...(pair.key === undefined ? {} : { key: pair.key }),
    ...serverNameOptions(tls.serverName),
    ...(tls.insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
  };
}

/** SNI carries names only (RFC 6066); a tls-server-name that is an address is for the verification alone. */
function serverNameOptions(name: string | undefined): ConnectionOptions {
  if (name === undefined) return {};
  if (isIP(name) === 0) return { servername: name };
  return { checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate) };
}
