import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';
import { type Cluster, type ConnectOptions, connect } from '../../../src/kubernetes/cluster.ts';
import type { Target } from '../../../src/kubernetes/kubeconfig.ts';

export interface TestServer {
  readonly server: Server;
  readonly url: string;
  readonly port: number;
}

/** Starts a server on a free loopback port, ended with the test. */
export async function serve(t: ExecutionContext, handler: RequestListener, tls?: ServerOptions): Promise<TestServer> {
  const server = tls === undefined ? createServer(handler) : createSecureServer(tls, handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { server, port, url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}` };
}

export function targetAt(server: string, more: Partial<Target> = {}): Target {
  return { context: 'test', server, namespace: 'bosh', tls: {}, credentials: { kind: 'none' }, ...more };
}

/** A cluster that waits little between attempts and knows no proxies of the machine. */
export function connectTo(t: ExecutionContext, target: Target, options: ConnectOptions = {}): Cluster {
  const { retry, ...rest } = options;
  const quick = { firstDelayMs: 1, maxDelayMs: 5, ...retry };
  const cluster = connect(target, { env: {}, ...rest, retry: quick });
  t.teardown(() => cluster.close());
  return cluster;
}

export function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** The Status of a failure as the API server writes it. */
export function failure(code: number, reason: string, message: string, details?: unknown): unknown {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code };
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
