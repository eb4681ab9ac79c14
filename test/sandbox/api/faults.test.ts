import test from 'ava';
import { ApiError, UnreachableError } from '../../../src/kubernetes/errors.ts';
import { exec } from '../../../src/kubernetes/exec.ts';
import type { Fault } from '../../../src/sandbox/api/faults.ts';
import type { ApiRequest } from '../../../src/sandbox/api/request.ts';
import { resource } from '../../../src/sandbox/api/resources.ts';
import { apiOnly, started } from '../started.ts';

const secrets = '/api/v1/namespaces/bosh/secrets';
const post = { method: 'POST', path: secrets, body: { metadata: { name: 'a' } } } as const;

/** A hook that strikes every POST of a Secret. */
function onCreate(fault: Fault) {
  return (request: ApiRequest) =>
    request.verb === 'create' && request.resource.plural === 'secrets' ? fault : undefined;
}

test('a status takes the place of the answer, with its Retry-After', async (t) => {
  const fault = onCreate({ kind: 'status', code: 429, retryAfterSeconds: 7 });
  const { sandbox, cluster } = await started(t, { ...apiOnly, fault });
  const error = await t.throwsAsync(cluster.json(post), { instanceOf: ApiError });
  t.is(error?.status, 429);
  t.is(error?.retryAfterSeconds, 7);
  t.is(sandbox.api.store.list(resource('', 'secrets'), 'bosh').length, 0);
});

test('a status after the write leaves the caller in the dark', async (t) => {
  const { sandbox, cluster } = await started(t, {
    ...apiOnly,
    fault: onCreate({ kind: 'status', code: 500, when: 'after' }),
  });
  const error = await t.throwsAsync(cluster.json(post), { instanceOf: ApiError });
  t.is(error?.status, 500);
  t.is(sandbox.api.store.list(resource('', 'secrets'), 'bosh').length, 1);
});

for (const [when, left] of [
  ['before', 0],
  ['after', 1],
] as const) {
  test(`a reset ${when} the write`, async (t) => {
    const { sandbox, cluster } = await started(t, { ...apiOnly, fault: onCreate({ kind: 'reset', when }) });
    const error = await t.throwsAsync(cluster.json(post), { instanceOf: UnreachableError });
    t.is(error?.code, 'ECONNRESET');
    t.is(sandbox.api.store.list(resource('', 'secrets'), 'bosh').length, left);
  });
}

test('a stall never answers', async (t) => {
  const { cluster } = await started(t, { ...apiOnly, fault: onCreate({ kind: 'stall' }) }, 200);
  const error = await t.throwsAsync(cluster.json(post), { instanceOf: UnreachableError });
  t.is(error?.code, 'TIMEOUT');
});

test('writes that took effect are told, dry runs and reads are not', async (t) => {
  const written: string[] = [];
  const onWrite = ({ verb, name }: ApiRequest) => written.push(`${verb} ${name}`);
  const { cluster } = await started(t, { ...apiOnly, onWrite });
  await cluster.json({ ...post, query: { dryRun: 'All' } });
  await cluster.json(post);
  await t.throwsAsync(cluster.json(post));
  await cluster.json({ method: 'GET', path: `${secrets}/a` });
  await cluster.json({ method: 'PATCH', path: `${secrets}/a`, body: { metadata: { labels: { b: 'c' } } } });
  await cluster.json({ method: 'DELETE', path: `${secrets}/a` });
  t.deepEqual(written, ['create ', 'patch a', 'delete a']);
});

test('the cluster itself is not hit by faults', async (t) => {
  // Everything fails for others; the node still registers and the machine still runs.
  let failing = false;
  const fault = () => (failing ? ({ kind: 'status', code: 503 } as const) : undefined);
  const { sandbox, cluster } = await started(t, { fault });
  const spec = { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'a:1' }] };
  await cluster.json({ method: 'POST', path: '/api/v1/namespaces/bosh/pods', body: { metadata: { name: 'p' }, spec } });
  failing = true;
  const pods = resource('', 'pods');
  for (;;) {
    const [pod] = sandbox.api.store.list(pods, 'bosh');
    if (pod?.status?.phase === 'Running') break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await t.throwsAsync(cluster.json({ method: 'GET', path: '/api/v1/nodes' }), { instanceOf: ApiError });
});

for (const [kind, code] of [
  ['reset', 'ECONNRESET'],
  ['stall', 'TIMEOUT'],
] as const) {
  test(`an exec can be hit too: ${kind}`, async (t) => {
    const fault = ({ subresource }: ApiRequest) => (subresource === 'exec' ? { kind } : undefined);
    const { cluster } = await started(t, { ...apiOnly, fault });
    const error = await t.throwsAsync(exec(cluster, 'p', 'c', ['true'], { timeoutMs: 300 }), {
      instanceOf: UnreachableError,
    });
    t.is(error?.code, code);
  });
}

test('an exec can be refused', async (t) => {
  const fault = ({ subresource }: ApiRequest): Fault | undefined =>
    subresource === 'exec' ? { kind: 'status', code: 503, message: 'not now' } : undefined;
  const { cluster } = await started(t, { ...apiOnly, fault });
  const error = await t.throwsAsync(exec(cluster, 'p', 'c', ['true']), { instanceOf: ApiError });
  t.is(error?.status, 503);
  t.is(error?.message, 'not now');
});
