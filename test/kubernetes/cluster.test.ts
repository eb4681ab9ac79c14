import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { ApiError } from '../../src/kubernetes/errors.ts';
import { applyPatch, mergePatch, strategicMergePatch } from '../../src/kubernetes/patch.ts';
import { answer, bodyOf, connectTo, failure, serve, targetAt } from './support/server.ts';

async function echo(t: ExecutionContext) {
  const seen: { method?: string | undefined; url?: string | undefined; type?: string | undefined; body: string }[] = [];
  const { url } = await serve(t, async (request, response) => {
    const body = await bodyOf(request);
    seen.push({ method: request.method, url: request.url, type: request.headers['content-type'], body });
    if (request.url?.endsWith('/missing'))
      return answer(response, 404, failure(404, 'NotFound', 'pods "missing" not found'));
    answer(
      response,
      200,
      body.startsWith('{') && request.method !== 'DELETE'
        ? JSON.parse(body)
        : { metadata: { creationTimestamp: '2026-01-02T03:04:05Z' } },
    );
  });
  return { cluster: connectTo(t, targetAt(url, { credentials: { kind: 'token', token: 'hunter2' } })), seen };
}

test('a generated call gives typed answers with real dates', async (t) => {
  const { cluster, seen } = await echo(t);
  const pod = await cluster.core.readNamespacedPod({ name: 'a/b', namespace: 'bosh' });
  t.is(pod.metadata?.creationTimestamp?.toISOString(), '2026-01-02T03:04:05.000Z');
  t.is(seen[0]?.url, '/api/v1/namespaces/bosh/pods/a%2Fb');
});

test('a generated call that fails is an ApiError like any other', async (t) => {
  const { cluster } = await echo(t);
  const call = cluster.core.readNamespacedPod({ name: 'missing', namespace: 'bosh' });
  const error = await t.throwsAsync(call, { instanceOf: ApiError });
  t.like(error, {
    status: 404,
    reason: 'NotFound',
    verb: 'get',
    resource: 'pods',
    objectName: 'missing',
    namespace: 'bosh',
  });
});

test('each patch goes with the content type that was asked for', async (t) => {
  const { cluster, seen } = await echo(t);
  const pod = { name: 'a', namespace: 'bosh' };
  await cluster.core.patchNamespacedPod({ ...pod, body: [{ op: 'test', path: '/a', value: 1 }] });
  await cluster.core.patchNamespacedPod({ ...pod, body: { metadata: { labels: { a: null } } } }, mergePatch);
  await cluster.core.patchNamespacedPod({ ...pod, body: {} }, strategicMergePatch);
  await cluster.core.patchNamespacedPod(
    { ...pod, body: {}, fieldManager: 'me', force: true, dryRun: 'All' },
    applyPatch,
  );
  t.deepEqual(
    seen.map((one) => one.type),
    [
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/strategic-merge-patch+json',
      'application/apply-patch+yaml',
    ],
  );
  t.is(seen[1]?.body, '{"metadata":{"labels":{"a":null}}}', 'null, which removes a key, is kept');
  t.is(seen[3]?.url, '/api/v1/namespaces/bosh/pods/a?dryRun=All&fieldManager=me&force=true');
});

test('preconditions and grace go into the body of a delete', async (t) => {
  const { cluster, seen } = await echo(t);
  const body = { gracePeriodSeconds: 1, preconditions: { uid: 'u', resourceVersion: '7' } };
  await cluster.core.deleteNamespacedPod({ name: 'a', namespace: 'bosh', body });
  t.deepEqual(JSON.parse(seen[0]?.body ?? ''), body);
});

test('generated models drop what they do not know, json keeps it', async (t) => {
  const { cluster } = await echo(t);
  const body = { metadata: { name: 'a' }, spec: { containers: [], brandNew: 1 } };
  const typed = await cluster.core.createNamespacedPod({ namespace: 'bosh', body });
  t.false('brandNew' in (typed.spec ?? {}));
  t.deepEqual(await cluster.json({ method: 'POST', path: '/x', body }), body);
});

test('the other groups answer too', async (t) => {
  const { cluster, seen } = await echo(t);
  await cluster.storage.readStorageClass({ name: 'fast' });
  await cluster.policy.readNamespacedPodDisruptionBudget({ name: 'g', namespace: 'bosh' });
  await cluster.networking.readServiceCIDR({ name: 'c' });
  await cluster.authorization.createSelfSubjectAccessReview({ body: { spec: {} } });
  await cluster.custom.getNamespacedCustomObject({
    group: 'g.io',
    version: 'v1',
    namespace: 'bosh',
    plural: 'things',
    name: 't',
  });
  t.deepEqual(
    seen.map((one) => one.url),
    [
      '/apis/storage.k8s.io/v1/storageclasses/fast',
      '/apis/policy/v1/namespaces/bosh/poddisruptionbudgets/g',
      '/apis/networking.k8s.io/v1/servicecidrs/c',
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      '/apis/g.io/v1/namespaces/bosh/things/t',
    ],
  );
});

test('a method that does not exist is named; an API can be awaited without harm', async (t) => {
  const { cluster } = await echo(t);
  const api = cluster.core as unknown as { readNamespacedPodd(): Promise<void> };
  await t.throwsAsync(api.readNamespacedPodd(), { message: /core API has no method readNamespacedPodd/ });
  t.is(await Promise.resolve(cluster.core), cluster.core);
});

test('a cluster does not show its credentials', async (t) => {
  const { cluster } = await echo(t);
  await cluster.core.readNamespacedPod({ name: 'a', namespace: 'bosh' });
  t.false((inspect(cluster, { depth: 9, showHidden: true }) + JSON.stringify(cluster)).includes('hunter2'));
});
