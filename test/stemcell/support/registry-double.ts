import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** What a registry does wrong, each once: `method path-part`. */
export type Mishap = { readonly on: string; readonly does: 'drop half' | 'drop answer' | 500 | 'forget' };

export interface RegistryDouble {
  /** `127.0.0.1:port`, as references name it. */
  readonly host: string;
  /** `METHOD /path` of each request, in order, without the addresses of uploads. */
  readonly requests: string[];
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, Buffer>;
  readonly mishaps: Mishap[];
  stop(): Promise<void>;
}

export interface DoubleOptions {
  /** What it wants to know of who asks; nothing when absent. */
  readonly login?: { readonly kind: 'basic' | 'bearer'; readonly user: string; readonly password: string };
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly lockDeletion?: boolean;
}

/** A registry in memory (OCI distribution specification 1.1), with failures on demand and a token server of its own. */
export async function startRegistry({ login, tls, lockDeletion }: DoubleOptions = {}): Promise<RegistryDouble> {
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, Buffer>();
  const uploads = new Map<string, Buffer>();
  const requests: string[] = [];
  const mishaps: Mishap[] = [];
  let tokens = 0;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    const url = new URL(request.url ?? '', 'http://registry');
    const line = `${request.method} ${url.pathname.replace(/uploads\/\w+/, 'uploads/…')}`;
    requests.push(line);
    const mishap = take(line);
    if (mishap?.does === 500) return end(response, 500);
    if (mishap?.does === 'forget') uploads.clear();
    const body = await readBody(request, mishap?.does === 'drop half');
    if (url.pathname === '/token') return token(request, response, url, body);
    if (!mayPass(request)) return challenge(response);
    const [, kind = '', rest = ''] =
      /^\/v2\/bosh\/noble\/(blobs\/uploads|blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
    if (kind === 'blobs/uploads') upload(request, response, url, rest, body);
    else stored(request, response, kind === 'blobs' ? blobs : manifests, rest, body);
    if (mishap?.does === 'drop answer' || mishap?.does === 'drop half') request.socket.destroy();
  };

  function take(line: string): Mishap | undefined {
    const at = mishaps.findIndex(({ on }) => line.startsWith(on));
    return at < 0 ? undefined : mishaps.splice(at, 1)[0];
  }

  function mayPass({ headers: { authorization = '' } }: IncomingMessage): boolean {
    if (login === undefined) return true;
    return authorization === (login.kind === 'basic' ? basic() : `Bearer token-${tokens}`);
  }

  function basic(): string {
    return `Basic ${Buffer.from(`${login?.user}:${login?.password}`).toString('base64')}`;
  }

  function challenge(response: ServerResponse): void {
    const realm = `${tls === undefined ? 'http' : 'https'}://${host}/token`;
    const wanted = login?.kind === 'basic' ? 'Basic realm="double"' : `Bearer realm="${realm}",service="double"`;
    end(response, 401, { 'www-authenticate': wanted });
  }

  function token({ headers }: IncomingMessage, response: ServerResponse, url: URL, body: Buffer): unknown {
    const form = new URLSearchParams(body.toString());
    const known = headers.authorization === basic() || form.get('refresh_token') === login?.password;
    requests.push(`token for ${url.searchParams.get('scope') ?? form.get('scope')}`);
    if (!known) return end(response, 401);
    tokens++;
    response.end(JSON.stringify({ token: `token-${tokens}` }));
  }

  function upload(
    { method, headers }: IncomingMessage,
    response: ServerResponse,
    url: URL,
    id: string,
    body: Buffer,
  ): unknown {
    if (method === 'POST') {
      const name = `u${uploads.size + requests.length}`;
      uploads.set(name, Buffer.alloc(0));
      return end(response, 202, { location: `/v2/bosh/noble/blobs/uploads/${name}`, range: '0-0' });
    }
    const held = uploads.get(id);
    if (held === undefined) return end(response, 404);
    const state = { location: `/v2/bosh/noble/blobs/uploads/${id}`, range: `0-${Math.max(held.length - 1, 0)}` };
    if (method === 'GET') return end(response, 204, state);
    if (method === 'PATCH') {
      if (Number(headers['content-range']?.split('-')[0]) !== held.length) return end(response, 416, state);
      uploads.set(id, Buffer.concat([held, body]));
      return end(response, 202, state);
    }
    const digest = url.searchParams.get('digest') ?? '';
    if (digestOf(held) !== digest) return fail(response, 400, 'DIGEST_INVALID');
    uploads.delete(id);
    blobs.set(digest, held);
    end(response, 201, { 'docker-content-digest': digest });
  }

  function stored(
    { method }: IncomingMessage,
    response: ServerResponse,
    place: Map<string, Buffer>,
    name: string,
    body: Buffer,
  ): unknown {
    if (method === 'DELETE' && lockDeletion) return fail(response, 405, 'UNSUPPORTED');
    if (method === 'PUT') {
      place.set(name, body).set(digestOf(body), body);
      return end(response, 201, { 'docker-content-digest': digestOf(body) });
    }
    const found = place.get(name);
    if (found === undefined) return fail(response, 404, 'MANIFEST_UNKNOWN');
    if (method === 'DELETE') {
      for (const [each, bytes] of place) if (bytes === found) place.delete(each);
      return end(response, 202);
    }
    response.writeHead(200, { 'content-length': found.length, 'docker-content-digest': digestOf(found) });
    response.end(method === 'HEAD' ? undefined : found);
  }

  const listener = (request: IncomingMessage, response: ServerResponse) =>
    handle(request, response).catch(() => undefined);
  const server: Server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { host, requests, blobs, manifests, mishaps, stop };
}

/** The body; of a connection that breaks, its first half. */
async function readBody(request: IncomingMessage, half: boolean): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return half ? body.subarray(0, body.length / 2) : body;
}

function end(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end();
}

function fail(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status).end(JSON.stringify({ errors: [{ code, message: 'as the double says' }] }));
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
