import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { credentialReader } from './credentials.ts';
import { UnreachableError } from './errors.ts';
import type { Target } from './kubeconfig.ts';

/** One request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** Path with query, below the server's base URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
  /** Bound until the answer's headers are here, in milliseconds. */
  readonly timeoutMs: number;
  /** Re-read token file or plugin first. */
  readonly renew?: boolean;
}

/** Opens requests to one API server over kept-alive connections. */
export interface Transport {
  readonly server: string;
  readonly renewable: boolean;
  open(request: WireRequest): Promise<IncomingMessage>;
  close(): void;
}

/** Makes the transport of a target. No I/O until the first `open`. */
export function createTransport(target: Target): Transport {
  const base = new URL(target.server);
  const secure = base.protocol === 'https:';
  const prefix = base.pathname.replace(/\/+$/, '');
  const reader = credentialReader(target.credentials);
  const agents = new Map<string, HttpAgent>();

  function agent(cert: string | undefined, key: string | undefined): HttpAgent {
    const id = `${cert ?? ''}\n${key ?? ''}`;
    let known = agents.get(id);
    if (known === undefined) {
      known = secure
        ? new HttpsAgent({ keepAlive: true, ...tlsOptions(target, cert, key) })
        : new HttpAgent({ keepAlive: true });
      agents.set(id, known);
    }
    return known;
  }

  async function open(request: WireRequest): Promise<IncomingMessage> {
    const credentials = await reader.read(request.renew ?? false);
    const headers: Record<string, string> = { ...request.headers };
    if (credentials.authorization !== undefined) headers.Authorization = credentials.authorization;
    if (request.body !== undefined) headers['Content-Length'] = String(Buffer.byteLength(request.body));
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const make = secure ? httpsRequest : httpRequest;
      const outgoing = make({
        host: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port === '' ? (secure ? 443 : 80) : Number(base.port),
        method: request.method,
        path: prefix + request.path,
        headers,
        agent: agent(credentials.cert, credentials.key),
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
      const timer = setTimeout(() => {
        outgoing.destroy(
          new UnreachableError(
            'TIMEOUT',
            target.server,
            `no answer from ${target.server} within ${request.timeoutMs} ms`,
          ),
        );
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

  function close(): void {
    for (const one of agents.values()) one.destroy();
    agents.clear();
  }

  return { server: target.server, renewable: reader.renewable, open, close };
}

/** TLS options of a connection to the target, for node:https and for WebSockets alike. */
export function tlsOptions(target: Target, cert?: string, key?: string): Record<string, unknown> {
  const { tls } = target;
  return {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...((cert ?? tls.cert) === undefined ? {} : { cert: cert ?? tls.cert }),
    ...((key ?? tls.key) === undefined ? {} : { key: key ?? tls.key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls.insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
  };
}
