import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSigned } from '../../certificate.ts';
import type { Director } from '../director.ts';
import { DirectorError } from '../error.ts';
import type { Task } from '../tasks.ts';
import { type Answer, plain, typed } from './answer.ts';
import { authenticate, type User } from './auth.ts';
import { deploymentRoutes } from './deployments.ts';
import { diskRoutes } from './disks.ts';
import { otherRoutes } from './others.ts';
import { findRoute } from './route.ts';
import { taskRoutes } from './tasks.ts';

export interface DirectorServer {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  /** PEM of the certificate to trust. */
  readonly authority: string;
  readonly admin: User;
  /** A user who may only look. */
  readonly reader: User;
  stop(): Promise<void>;
}

const routes = [...deploymentRoutes, ...diskRoutes, ...taskRoutes, ...otherRoutes];

/** Serves a Director's API over HTTPS on loopback, at a free port, for two users with passwords of this run. */
export async function serveApi(director: Director): Promise<DirectorServer> {
  const password = () => randomBytes(15).toString('base64url');
  const admin: User = { name: 'admin', password: password(), scope: 'admin' };
  const reader: User = { name: 'reader', password: password(), scope: 'read' };
  const pair = selfSigned('localhost');
  const server = createServer(pair, (message, response) => {
    void answerTo(director, [admin, reader], message).then((answer) => send(message, response, answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    authority: pair.cert,
    admin,
    reader,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answerTo(director: Director, users: readonly User[], message: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams: query } = new URL(message.url ?? '/', 'https://director');
  const { headers, method } = message;
  const user = authenticate(users, headers.authorization);
  if (pathname === '/info') return typed(info(director, user));
  if (user === undefined) return plain(401, `Not authorized: '${pathname}'\n`);
  const found = findRoute(routes, method, pathname, headers['content-type'] ?? '');
  if (found === undefined) return plain(404, `Endpoint '${pathname}' not found.`);
  const { route, places } = found;
  try {
    const scope = typeof route.scope === 'function' ? route.scope(query) : route.scope;
    if (scope === 'admin' && user.scope !== 'admin') refuse(director);
    const contextId = String(headers['x-bosh-context-id'] ?? '');
    if (contextId.length > 64) {
      throw new DirectorError('ContextIdViolatedMax', 'X-Bosh-Context-Id cannot be more than 64 characters in length');
    }
    const body = await readText(message);
    const asker = { user: user.name, contextId };
    const answer = route.handle({ director, asker, path: places, query, headers, body });
    return 'body' in answer ? answer : redirect(message, answer);
  } catch (error) {
    if (!(error instanceof DirectorError)) return plain(500, '');
    return plain(error.status, JSON.stringify({ code: error.code, description: error.message }));
  }
}

function refuse({ uuid }: Director): never {
  const message = `Require one of the scopes: bosh.admin, bosh.${uuid}.admin`;
  throw new DirectorError('UnauthorizedToAccessDeployment', message);
}

/** Where a task can be followed, by the name the client called us. */
function redirect({ headers }: IncomingMessage, { id }: Task): Answer {
  return { ...plain(302, ''), headers: { Location: `https://${headers.host}/tasks/${id}` } };
}

async function readText(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function send({ url }: IncomingMessage, response: ServerResponse, { status, type, body, headers }: Answer): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, {
    ...(status !== 204 && { 'Content-Type': type, 'Content-Length': length }),
    ...(url?.startsWith('/info') ? {} : { 'WWW-Authenticate': 'Basic realm="BOSH Director"' }),
    ...headers,
  });
  response.end(body);
}

function info({ name, uuid }: Director, user: User | undefined): object {
  return {
    name,
    uuid,
    version: '280.1.0 (00000000)',
    user: user?.name ?? null,
    cpi: 'kubernetes_cpi',
    stemcell_os: '-',
    stemcell_version: '-',
    user_authentication: { type: 'basic', options: {} },
    features: {
      local_dns: { status: true, extras: { domain_name: 'bosh' } },
      snapshots: { status: false },
      config_server: { status: false, extras: { urls: [] } },
    },
  };
}
