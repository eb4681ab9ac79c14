import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import type { Credentials } from './credentials.ts';
import { UnreachableError } from './errors.ts';
import type { Endpoint } from './kubeconfig.ts';
import { bareHost } from './proxy.ts';
import type { IdentifiedRequest, Streamed } from './transport.ts';
import { tunnelAgent } from './tunnel.ts';

/** Kept-alive connections to one server by node:http and node:https. */
export interface Connections {
  open(request: IdentifiedRequest): Promise<Streamed>;
  /** The agent for a WebSocket. */
  agentFor(credentials: Credentials): HttpAgent;
  close(): void;
}

/** @param connectMs bound for a proxy to open a tunnel, in milliseconds */
export function openConnections(target: Endpoint, proxy: URL | undefined, connectMs: number): Connections {
  const base = new URL(target.server);
  const secure = base.protocol === 'https:';
  const prefix = base.pathname.replace(/\/+$/, '');
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

  async function open(request: IdentifiedRequest): Promise<Streamed> {
    const length = request.body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(request.body)) };
    return await new Promise<Streamed>((resolve, reject) => {
      const outgoing = (secure ? httpsRequest : httpRequest)({
        host: bareHost(base),
        port: base.port === '' ? (secure ? 443 : 80) : Number(base.port),
        method: request.method,
        path: prefix + request.path,
        headers: { ...request.headers, ...length },
        agent: agentFor(request.credentials),
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
      const timer = setTimeout(() => {
        const message = `${target.server} did not answer within ${request.timeoutMs} ms`;
        outgoing.destroy(new UnreachableError('TIMEOUT', target.server, message));
      }, request.timeoutMs);
      outgoing.on('response', (response) => {
        clearTimeout(timer);
        resolve(streamed(response));
      });
      outgoing.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      outgoing.end(request.body);
    });
  }

  function close(): void {
    for (const agent of agents.values()) agent.destroy();
    agents.clear();
  }

  return { open, agentFor, close };
}

function streamed(response: IncomingMessage): Streamed {
  return {
    status: response.statusCode ?? 0,
    headers: flatHeaders(response),
    body: response,
    cancel: (reason) => response.destroy(reason),
  };
}

function flatHeaders(response: IncomingMessage): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

function tlsOptions(target: Endpoint, cert?: string, key?: string): ConnectionOptions {
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
