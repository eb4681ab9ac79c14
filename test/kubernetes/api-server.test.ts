import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { connect } from '../../src/kubernetes/cluster.ts';
import { isAlreadyExists, isConflict, isForbidden, isNotFound } from '../../src/kubernetes/errors.ts';
import { type FollowTimeout, follow } from '../../src/kubernetes/follow.ts';
import { loadKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';
import { mergePatch } from '../../src/kubernetes/patch.ts';
import { backends, eventually } from '../contract/api/backends.ts';
import { onBoth } from '../contract/api/on-both.ts';
import { folder } from './support/folder.ts';

interface Labelled {
  readonly metadata: { readonly uid: string; readonly labels?: Readonly<Record<string, string>> };
}

onBoth('an object read through the generated API can be written back, once', async (t, { cluster, namespace }) => {
  const body = { metadata: { name: 'written-back' }, stringData: { a: 'b' } };
  const made = await cluster.core.createNamespacedSecret({ namespace, body });
  t.true(made.metadata?.creationTimestamp instanceof Date);
  const named = { name: 'written-back', namespace };
  await cluster.core.replaceNamespacedSecret({ ...named, body: { ...made, stringData: { a: 'c' } } });
  const late = cluster.core.replaceNamespacedSecret({ ...named, body: { ...made, stringData: { a: 'd' } } });
  t.true(isConflict(await t.throwsAsync(late)));
  t.true(isAlreadyExists(await t.throwsAsync(cluster.core.createNamespacedSecret({ namespace, body }))));
  const kept = await cluster.core.readNamespacedSecret(named);
  t.is(Buffer.from(kept.data?.a ?? '', 'base64').toString(), 'c');
});

onBoth('a merge patch sets, removes and minds the resourceVersion', async (t, { cluster, namespace }) => {
  const body = { metadata: { name: 'patched', labels: { a: 'b' } } };
  const made = await cluster.core.createNamespacedSecret({ namespace, body });
  const resourceVersion = made.metadata?.resourceVersion;
  const patch = (labels: object) => {
    const change = { metadata: { labels, resourceVersion } };
    return cluster.core.patchNamespacedSecret({ name: 'patched', namespace, body: change }, mergePatch);
  };
  t.deepEqual((await patch({ a: null, c: 'd' })).metadata?.labels, { c: 'd' });
  t.true(isConflict(await t.throwsAsync(patch({ c: 'e' }))));
});

onBoth('a dry run leaves nothing', async (t, { cluster, namespace }) => {
  const body = { metadata: { name: 'dry' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const answer = await cluster.core.createNamespacedPod({ namespace, dryRun: 'All', body });
  t.is(answer.spec?.containers[0]?.image, 'i');
  const error = await t.throwsAsync(cluster.core.readNamespacedPod({ name: 'dry', namespace }));
  t.true(isNotFound(error));
  t.is(error?.message, 'pods "dry" not found');
});

onBoth('follow sees an object come, change and go, and a delete minds the UID', async (t, { cluster, namespace }) => {
  const collection = { path: `/api/v1/namespaces/${namespace}/secrets` };
  const steps: (string | undefined)[] = [];
  const changed = follow<Labelled, string>(cluster, collection, 'followed', {
    timeoutMs: 60_000,
    decide(secret) {
      steps.push(secret?.metadata.labels?.step);
      return secret?.metadata.labels?.step === '3' ? secret.metadata.uid : undefined;
    },
  });
  await eventually(async () => steps.length > 0);
  const body = { metadata: { name: 'followed', labels: { step: '1' } } };
  const made = await cluster.core.createNamespacedSecret({ namespace, body });
  for (const step of ['2', '3']) {
    const change = { metadata: { labels: { step } } };
    await cluster.core.patchNamespacedSecret({ name: 'followed', namespace, body: change }, mergePatch);
  }
  t.is(await changed, made.metadata?.uid ?? '');
  t.is(steps[0], undefined);

  const gone = follow<Labelled, true>(cluster, collection, 'followed', {
    timeoutMs: 60_000,
    decide: (secret) => (secret === undefined ? true : undefined),
  });
  const remove = (uid: string) =>
    cluster.core.deleteNamespacedSecret({ name: 'followed', namespace, body: { preconditions: { uid } } });
  t.true(isConflict(await t.throwsAsync(remove('00000000-0000-4000-8000-000000000000'))));
  await remove(made.metadata?.uid ?? '');
  t.true(await gone);
  const never = follow<Labelled, true>(cluster, collection, 'followed', { timeoutMs: 1000, decide: () => undefined });
  t.is(((await t.throwsAsync(never)) as FollowTimeout).last, undefined);
});

onBoth('a list in pages goes to its end', async (t, { cluster, namespace }) => {
  for (const name of ['page-1', 'page-2', 'page-3']) {
    await cluster.core.createNamespacedSecret({ namespace, body: { metadata: { name, labels: { page: 'yes' } } } });
  }
  const names: (string | undefined)[] = [];
  let next: string | undefined;
  do {
    const query = { namespace, labelSelector: 'page=yes', limit: 2, ...(next && { _continue: next }) };
    const page = await cluster.core.listNamespacedSecret(query);
    names.push(...page.items.map(({ metadata }) => metadata?.name));
    next = page.metadata?._continue;
  } while (next);
  t.deepEqual(names.sort(), ['page-1', 'page-2', 'page-3']);
});

const kubeconfig = process.env.TEST_KUBECONFIG;
const onReal = kubeconfig === undefined ? test.skip : test;

onReal('real: a service account token from a file, wrong at first, then without the right to list', async (t) => {
  const backend = backends.find(({ name }) => name === 'real');
  const api = await backend?.start();
  if (api === undefined) return t.fail();
  t.teardown(() => api.stop());
  const { cluster, namespace } = api;
  const path = join(folder(t), 'token');
  writeFileSync(path, 'wrong');
  const admin = targetOf(await loadKubeconfig({ paths: [kubeconfig ?? ''] }));
  const { cert: _, key: __, ...tls } = admin.tls;
  const account = connect({ ...admin, tls, namespace, credentials: { kind: 'tokenFile', path } });
  t.teardown(() => account.close());
  t.like(await t.throwsAsync(account.core.listNamespacedSecret({ namespace })), { status: 401 });
  const token = await cluster.core.createNamespacedServiceAccountToken({
    name: 'default',
    namespace,
    body: { spec: { audiences: [], expirationSeconds: 3600 } },
  });
  writeFileSync(path, token.status?.token ?? '');
  const error = await t.throwsAsync(account.core.listNamespacedSecret({ namespace }));
  t.true(isForbidden(error));
  t.regex(error?.message ?? '', /system:serviceaccount:.*:default" cannot list resource "secrets"/);
});
