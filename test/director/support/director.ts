import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionContext } from 'ava';
import { type ConnectOptions, connectDirector, type DirectorClient } from '../../../src/director/client.ts';
import type { DirectorTarget } from '../../../src/director/target.ts';
import { type Certificate, createAuthority, issueCertificate } from '../../cluster/certificate.ts';
import { bodyOf, serve } from '../../kubernetes/support/server.ts';

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Asked {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What is answered to `METHOD /path`, with the query or without it. */
export type Script = Readonly<Record<string, Reply | ((asked: Asked, response: ServerResponse) => Reply | undefined)>>;

/** An answer of a real Director. */
export function recorded(name: string): Required<Reply> {
  const file = readFileSync(new URL(`../../fixtures/director/api/${name}.http`, import.meta.url), 'utf8');
  const [head = '', ...rest] = file.split('\n\n');
  const [, status = '', ...headers] = head.split('\n');
  const pairs = headers.map((line): [string, string] => [line.replace(/:.*/, ''), line.replace(/^[^:]*: /, '')]);
  // the length of a recording is that of its text, which was cut off at the end
  const kept = pairs.filter(([key]) => !['Content-Length', 'Transfer-Encoding'].includes(key));
  return { status: Number(status.split(' ')[1]), headers: Object.fromEntries(kept), body: rest.join('\n\n').trim() };
}

export function json(value: unknown, status = 200): Reply {
  return { status, headers: { 'Content-Type': 'text/html;charset=utf-8' }, body: JSON.stringify(value) };
}

/** As the Director redirects: to what it takes for its own address. */
export function toTask(id: number, status = 302): Reply {
  return { status, headers: { Location: `https://10.88.0.1:25555/tasks/${id}` } };
}

export function task(id: number, state: string, more: Readonly<Record<string, unknown>> = {}): Reply {
  return json({ ...taskOf(id, state), ...more });
}

export function taskOf(id: number, state: string): Readonly<Record<string, unknown>> {
  const text = { description: 'update deployment', result: '', user: 'admin', deployment: 'cf', context_id: '' };
  return { id, state, timestamp: null, started_at: 1_795_396_110, ...text };
}

export interface ScriptedDirector {
  readonly target: DirectorTarget;
  readonly asked: Asked[];
  /** `METHOD /path` of all but what asks for the kind of users. */
  requests(): readonly string[];
}

/** Starts a Director that answers by a script, by 404 what is not in it; ended with the test. */
export async function scripted(
  t: ExecutionContext,
  script: Script,
  tls?: Certificate & { readonly ca: string },
): Promise<ScriptedDirector> {
  const asked: Asked[] = [];
  const { url } = await serve(
    t,
    async (incoming, response) => {
      const { method = '', url: path = '', headers } = incoming;
      const one = { method, path, headers, body: await bodyOf(incoming) };
      asked.push(one);
      const key = `${method} ${path}`;
      const found =
        script[key] ?? script[key.replace(/\?.*/, '')] ?? (path === '/info' ? recorded('info') : recorded('notfound'));
      const reply = typeof found === 'function' ? found(one, response) : found;
      if (reply === undefined) return;
      response.writeHead(reply.status ?? 200, reply.headers);
      response.end(reply.body);
    },
    tls,
  );
  const credentials = { kind: 'client', client: 'admin', secret: 'c4n4ry-secret' } as const;
  return {
    target: { name: 'lab', url, ca: tls?.ca, credentials },
    asked,
    requests: () => asked.filter(({ path }) => path !== '/info').map(({ method, path }) => `${method} ${path}`),
  };
}

/** A client that waits little and knows no proxies of the machine. */
export function connectTo(t: ExecutionContext, target: DirectorTarget, options: ConnectOptions = {}): DirectorClient {
  const client = connectDirector(target, { env: {}, taskWaitMs: 1, ...options });
  t.teardown(() => client.close());
  return client;
}

/** An authority, and a server's certificate of it. */
export function certified(): Certificate & { readonly ca: string } {
  const authority = createAuthority('director-ca');
  const certificate = issueCertificate(authority, { commonName: 'director', names: ['localhost', '127.0.0.1'] });
  return { ...certificate, ca: authority.cert };
}
