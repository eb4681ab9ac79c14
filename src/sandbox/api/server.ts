import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { selfSigned } from '../certificate.ts';
import { type Authenticator, createAuthenticator, type User } from './auth.ts';
import type { ClusterState } from './cluster-state.ts';
import { discover } from './discovery.ts';
import { type Fault, type FaultHook, strike } from './faults.ts';
import { type Handling, handle } from './handle.ts';
import { createSnapshots } from './list.ts';
import { denial, isAllowed } from './rbac.ts';
import { type ApiRequest, parseRequest, readBody } from './request.ts';
import { resources } from './resources.ts';
import { ApiStatus, internal } from './status.ts';
import { createStore, type Store } from './store.ts';
import { serveUpgrade } from './upgrade.ts';
import { serveWatch } from './watch.ts';

export interface ApiOptions {
  /** Bearer tokens and their users. Without a table everybody is administrator. */
  readonly tokens?: Readonly<Record<string, User>>;
  /** The token of the cluster's own parts: administrator, and never hit by faults. */
  readonly internalToken?: string;
  readonly fault?: FaultHook;
  /** Called after every write that took effect and was not the cluster's own. */
  readonly onWrite?: (request: ApiRequest) => void;
  readonly allowPrivileged?: boolean;
  /** API groups this cluster does not have, e.g. `snapshot.storage.k8s.io`. */
  readonly withoutGroups?: readonly string[];
  /** Bookmark interval of watches, in milliseconds. */
  readonly bookmarkMs?: number;
  /** How many changes watches can look back. */
  readonly historyLimit?: number;
  /** Serves HTTPS with a certificate made at the start. */
  readonly tls?: boolean;
  /** Port on loopback; a free one by default. */
  readonly port?: number;
}

export interface Api {
  readonly url: string;
  /** PEM of the certificate to trust; none over plain HTTP. */
  readonly authority: string | undefined;
  readonly store: Store;
  readonly cluster: ClusterState;
  stop(): Promise<void>;
}

/** Starts the API on loopback. */
export async function startApi(options: ApiOptions = {}): Promise<Api> {
  const cluster: ClusterState = {
    store: createStore(options.historyLimit),
    serviceRanges: ['10.96.0.0/16', 'fd00:10:96::/112'],
    nodePorts: { first: 30000, last: 32767 },
    allowPrivileged: options.allowPrivileged ?? true,
  };
  const authenticator = createAuthenticator(options.tokens);
  const internalUser: User = { name: 'system:sandbox', groups: ['system:masters', 'system:authenticated'] };
  if (options.internalToken !== undefined) authenticator.add(options.internalToken, internalUser);
  const without = new Set(options.withoutGroups ?? []);
  const served = new Set(
    resources.filter(({ group }) => !without.has(group)).map(({ group, version }) => `${group}/${version}`),
  );
  const handling: Handling = { cluster, snapshots: createSnapshots(), authenticator };

  const sockets = new Set<Socket>();
  const pair = options.tls ? selfSigned('localhost') : undefined;
  const listener = (message: IncomingMessage, response: ServerResponse) => void answer(message, response);
  const server: Server = pair === undefined ? createServer(listener) : createSecureServer(pair, listener);
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (message: IncomingMessage, socket: Socket, head: Buffer) => {
    void serveUpgrade(cluster, message, socket, head, () => {
      const { request, user } = admit(message, authenticator);
      const fault = user === internalUser || request === undefined ? undefined : options.fault?.(request);
      return { request, fault };
    });
  });

  /** Who asks for what, if that may be. */
  function admit(message: IncomingMessage, who: Authenticator): { request: ApiRequest | undefined; user: User } {
    const user = who.authenticate(message);
    const request = parseRequest(message, served);
    if (request === undefined) return { request, user };
    const wanted = {
      verb: request.verb,
      group: request.resource.group,
      plural: request.resource.plural,
      subresource: request.subresource,
      namespace: request.namespace,
      name: request.name,
    };
    // Exec is GET on the wire and needs create as well since Kubernetes 1.35; GET alone is what 1.34 asks for.
    if (!isAllowed(cluster.store, user, wanted)) throw denial(user, request.resource, wanted);
    return { request, user };
  }

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const path = new URL(message.url ?? '/', 'http://localhost').pathname;
      const known = message.method === 'GET' ? discover(path, without) : undefined;
      if (known !== undefined) {
        if ('text' in known) return sendText(response, 200, known.text);
        authenticator.authenticate(message);
        return sendJson(response, 200, known.json);
      }
      const { request, user } = admit(message, authenticator);
      if (request === undefined) return sendText(response, 404, '404 page not found\n');
      await serve(request, user, message, response);
    } catch (error) {
      const status =
        error instanceof ApiStatus ? error : internal(error instanceof Error ? `${error.stack}` : String(error));
      if (!response.headersSent) sendJson(response, status.code, status.body());
      else response.destroy();
    }
  }

  async function serve(request: ApiRequest, user: User, message: IncomingMessage, response: ServerResponse) {
    const fault: Fault | undefined = user === internalUser ? undefined : options.fault?.(request);
    if (fault !== undefined && fault.when !== 'after') return strike(fault, response);
    if (request.verb === 'watch') {
      return serveWatch(cluster.store, request, response, { bookmarkMs: options.bookmarkMs ?? 60_000 });
    }
    const body = message.method === 'GET' ? '' : await readBody(message);
    const result = await handle(handling, request, user, body);
    const isWrite =
      message.method !== 'GET' && !request.query.getAll('dryRun').includes('All') && !request.resource.virtual;
    if (isWrite && user !== internalUser) options.onWrite?.(request);
    if (fault !== undefined) return strike(fault, response);
    if ('text' in result) return sendText(response, result.code, result.text);
    if ('stream' in result) return sendStream(response, result.code, result.stream);
    sendJson(response, result.code, result.body);
  }

  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `${pair === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    authority: pair?.cert,
    store: cluster.store,
    cluster,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

function sendJson(response: ServerResponse, code: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** Passes on what comes, until either end goes. */
function sendStream(response: ServerResponse, code: number, stream: Readable): void {
  response.writeHead(code, { 'content-type': 'text/plain' });
  response.flushHeaders();
  pipeline(stream, response, () => undefined);
}

function sendText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
