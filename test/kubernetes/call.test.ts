import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { ApiCall, ConnectOptions } from '../../src/kubernetes/cluster.ts';
import { ApiError, UnreachableError } from '../../src/kubernetes/errors.ts';
import type { Target } from '../../src/kubernetes/kubeconfig.ts';
import { folder } from './support/folder.ts';
import { answer, bodyOf, connectTo, failure, serve, targetAt } from './support/server.ts';

const path = '/api/v1/namespaces/bosh/secrets/s';
const get = { method: 'GET', path } as const;

type Step = (response: ServerResponse, request: IncomingMessage) => void;

const ok: Step = (response) => answer(response, 200, { ok: true });
const status =
  (code: number, headers: Record<string, string> = {}): Step =>
  (response) =>
    answer(response, code, failure(code, 'X', `said ${code}`), headers);
const reset: Step = (response) => response.socket?.destroy();
const silent: Step = () => {};
const half: Step = (response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' });
  response.write('{"ok":');
};
const cut: Step = (response, request) => {
  half(response, request);
  setImmediate(() => response.socket?.destroy());
};
const dripping: Step = (response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 5);
  response.on('close', () => clearInterval(timer));
};

/** A server that answers each request with the next step, the last one for ever. */
async function scripted(
  t: ExecutionContext,
  steps: readonly Step[],
  options: ConnectOptions = {},
  more: Partial<Target> = {},
) {
  const seen: { method: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const calls: ApiCall[] = [];
  const { url } = await serve(t, async (request, response) => {
    const step = steps[Math.min(seen.length, steps.length - 1)];
    seen.push({ method: request.method ?? '', headers: request.headers, body: await bodyOf(request) });
    step?.(response, request);
  });
  const log = (call: ApiCall) => calls.push(call);
  return { cluster: connectTo(t, targetAt(url, more), { ...options, log }), seen, calls, url };
}

const passing = {
  429: status(429),
  '429 with Retry-After': status(429, { 'Retry-After': '0' }),
  500: status(500),
  502: status(502),
  503: status(503, { 'Retry-After': '0' }),
  504: status(504),
  'a reset': reset,
  'an answer cut off': cut,
};

for (const [name, step] of Object.entries(passing)) {
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    test(`${method} goes on after ${name}`, async (t) => {
      const { cluster, seen, calls } = await scripted(t, [step, step, ok]);
      const body = method === 'GET' || method === 'DELETE' ? undefined : { text: 'größer' };
      t.deepEqual(await cluster.json({ method, path, body }), { ok: true });
      t.is(seen.length, 3);
      if (body !== undefined) t.deepEqual(JSON.parse(seen[2]?.body ?? ''), body, 'the body is sent again whole');
      t.deepEqual(
        calls.map((call) => call.attempt),
        [1, 2, 3],
      );
    });
  }
}

for (const [name, step] of Object.entries({ 'an answer that stops': half, 'no answer': silent })) {
  test(`a call goes on after ${name}`, async (t) => {
    const { cluster, calls } = await scripted(t, [step, ok], { timeoutMs: 2000 });
    t.deepEqual(await cluster.json({ method: 'POST', path, body: {} }), { ok: true });
    t.is(calls[0]?.status, 'TIMEOUT');
    t.is(calls.at(-1)?.status, 200);
  });
}

for (const code of [400, 403, 404, 405, 409, 410, 422]) {
  test(`${code} is an answer, not asked again`, async (t) => {
    const { cluster, seen, calls } = await scripted(t, [status(code), ok]);
    const error = await t.throwsAsync(cluster.json({ ...get, method: 'PUT', body: { token: 'hunter2' } }), {
      instanceOf: ApiError,
    });
    t.is(error?.status, code);
    t.is(error?.message, `said ${code}`);
    t.is(error?.verb, 'update');
    t.is(error?.resource, 'secrets');
    t.is(error?.objectName, 's');
    t.is(error?.namespace, 'bosh');
    t.is(seen.length, 1);
    t.is(calls[0]?.status, code);
    t.false(JSON.stringify([error, calls, String(error?.stack)]).includes('hunter2'));
  });
}

test('a server that keeps failing is given up after the attempts, with its last answer', async (t) => {
  const { cluster, seen } = await scripted(t, [status(503)], { retry: { attempts: 4 } });
  const error = await t.throwsAsync(cluster.json(get), { instanceOf: ApiError });
  t.is(error?.status, 503);
  t.is(seen.length, 4);
});

test('a Retry-After beyond the bound of the call is not waited for', async (t) => {
  const { cluster, seen } = await scripted(t, [status(429, { 'Retry-After': '3600' })]);
  const error = await t.throwsAsync(cluster.json(get), { instanceOf: ApiError });
  t.is(error?.retryAfterSeconds, 3600);
  t.is(seen.length, 1);
});

test('a call ends within its bound whatever the server does', async (t) => {
  for (const step of [silent, half, dripping]) {
    const { cluster } = await scripted(t, [step], { timeoutMs: 100, retry: { attempts: 100, totalMs: 350 } });
    const error = await t.throwsAsync(cluster.json(get), { instanceOf: UnreachableError });
    t.is(error?.code, 'TIMEOUT');
  }
});

test('nothing listens: the code and what to do', async (t) => {
  const { server, url } = await serve(t, () => {});
  await new Promise((resolve) => server.close(resolve));
  const calls: ApiCall[] = [];
  const cluster = connectTo(t, targetAt(url), { retry: { attempts: 2 }, log: (call) => calls.push(call) });
  const error = await t.throwsAsync(cluster.json(get), { instanceOf: UnreachableError });
  t.is(error?.code, 'ECONNREFUSED');
  t.is(error?.server, url);
  t.regex(error?.message ?? '', /nothing listens at that address/);
  t.deepEqual(
    calls.map((call) => call.status),
    ['ECONNREFUSED', 'ECONNREFUSED'],
  );
});

test('a name that does not exist says DNS', async (t) => {
  const cluster = connectTo(t, targetAt('https://kube.invalid:6443'), { retry: { attempts: 1 } });
  const error = await t.throwsAsync(cluster.json(get), { instanceOf: UnreachableError });
  t.regex(error?.message ?? '', /\(DNS\)/);
});

test('after a 401 a token file is read again, once', async (t) => {
  const file = join(folder(t), 'token');
  writeFileSync(file, 'old');
  const rotate: Step = (response, request) => {
    writeFileSync(file, 'new');
    status(401)(response, request);
  };
  const credentials = { kind: 'tokenFile', path: file } as const;
  const good = await scripted(t, [ok, rotate, ok], {}, { credentials });
  await good.cluster.json(get);
  t.deepEqual(await good.cluster.json(get), { ok: true });
  t.deepEqual(
    good.seen.map((one) => one.headers.authorization),
    ['Bearer old', 'Bearer old', 'Bearer new'],
  );
  const bad = await scripted(t, [status(401)], {}, { credentials });
  const error = await t.throwsAsync(bad.cluster.json(get), { instanceOf: ApiError });
  t.is(error?.status, 401);
  t.is(bad.seen.length, 2);
  t.false(String(error?.stack).includes('new'));
});

test('a 401 with credentials that cannot change is asked once', async (t) => {
  const { cluster, seen, calls } = await scripted(
    t,
    [status(401)],
    {},
    { credentials: { kind: 'token', token: 'hunter2' } },
  );
  const error = await t.throwsAsync(cluster.json(get), { instanceOf: ApiError });
  t.is(seen.length, 1);
  t.is(seen[0]?.headers.authorization, 'Bearer hunter2');
  t.false(JSON.stringify([error, calls, String(error?.stack)]).includes('hunter2'));
});

test('a missing token file is not taken for a server that is not there', async (t) => {
  const credentials = { kind: 'tokenFile', path: '/nowhere/token' } as const;
  const { cluster, seen } = await scripted(t, [ok], {}, { credentials });
  const error = await t.throwsAsync(cluster.json(get));
  t.is(error?.name, 'CredentialError');
  t.is(seen.length, 0);
});

test('a web page is no answer', async (t) => {
  const page: Step = (response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>');
  const { cluster, seen } = await scripted(t, [page]);
  const error = await t.throwsAsync(cluster.json(get), { instanceOf: UnreachableError });
  t.is(error?.code, 'NOT_KUBERNETES');
  t.is(seen.length, 1);
});

test('the path of a server URL comes before every path, and impersonation goes with every request', async (t) => {
  const paths: string[] = [];
  const { url } = await serve(t, (request, response) => {
    paths.push(request.url ?? '', String(request.headers['impersonate-user']));
    answer(response, 200, {});
  });
  const impersonation = { 'Impersonate-User': 'jane' };
  await connectTo(t, targetAt(`${url}/k8s/clusters/c-1`, { impersonation })).json(get);
  t.deepEqual(paths, [`/k8s/clusters/c-1${path}`, 'jane']);
});

test('requests share connections', async (t) => {
  const ports = new Set<number | undefined>();
  const { url } = await serve(t, (request, response) => {
    ports.add(request.socket.remotePort);
    answer(response, 200, {});
  });
  const cluster = connectTo(t, targetAt(url));
  for (let number = 0; number < 5; number++) await cluster.json(get);
  t.is(ports.size, 1);
});

test('a call that is aborted ends at once, also between attempts', async (t) => {
  const { cluster } = await scripted(t, [status(429, { 'Retry-After': '20' })]);
  const abort = new AbortController();
  const call = cluster.json({ ...get, signal: abort.signal });
  setTimeout(() => abort.abort(), 50);
  await t.throwsAsync(call, { name: 'AbortError' });
});

test('query and content type', async (t) => {
  const seen: unknown[] = [];
  const { url } = await serve(t, (request, response) => {
    seen.push([request.method, request.url, request.headers['content-type']]);
    answer(response, 200, {});
  });
  const cluster = connectTo(t, targetAt(url));
  await cluster.json({
    method: 'PATCH',
    path: '/p',
    query: { dryRun: 'All', force: true, limit: 1, no: undefined },
    body: {},
  });
  await cluster.json({ method: 'PATCH', path: '/p', body: [], contentType: 'application/json-patch+json' });
  await cluster.json({ method: 'GET', path: '/p' });
  t.deepEqual(seen, [
    ['PATCH', '/p?dryRun=All&force=true&limit=1', 'application/merge-patch+json'],
    ['PATCH', '/p', 'application/json-patch+json'],
    ['GET', '/p', undefined],
  ]);
});
