import test from 'ava';
import { startInventory } from '../../src/inventory/inventory.ts';
import { connect } from '../../src/kubernetes/cluster.ts';
import { parseKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';
import { kubeconfigOf, startSandbox } from '../../src/sandbox/sandbox.ts';
import type { ApiUnderTest } from '../contract/api/backends.ts';
import { onBoth } from '../contract/api/on-both.ts';
import { answer, connectTo, serve, targetAt } from '../kubernetes/support/server.ts';

async function makeMachine({ cluster, namespace }: ApiUnderTest, agent: string): Promise<void> {
  const labels = { 'bosh.cloudfoundry.org/agent-id': agent };
  const metadata = { name: `agent-${agent}`, labels };
  await cluster.core.createNamespacedSecret({ namespace, body: { metadata } });
  const spec = {
    serviceAccountName: 'machine',
    automountServiceAccountToken: false,
    nodeSelector: { 'no.such/node': 'true' },
    containers: [{ name: 'bosh-job', image: 'registry.test/noble:1' }],
  };
  await cluster.core.createNamespacedPod({ namespace, body: { metadata, spec } });
}

async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo() && waited < 20_000; waited += 10) await new Promise((next) => setTimeout(next, 10));
}

onBoth('an inventory follows a cluster, and says so at most fifteen times a second', async (t, api) => {
  const { cluster, namespace } = api;
  await cluster.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'machine' } } });
  for (const agent of ['1', '2']) await makeMachine(api, agent);
  const inventory = startInventory(cluster, { namespace });
  api.defer(async () => inventory.close());
  const began = performance.now();
  let publications = 0;
  inventory.subscribe(() => publications++);
  const machines = inventory.rows('machines');
  await until(() => inventory.collections().every(({ freshness }) => freshness.state === 'live'));
  t.deepEqual(
    inventory.collections().filter(({ freshness }) => freshness.state !== 'live'),
    [],
  );
  await until(() => machines.size === 2);
  t.is(inventory.freshness().state, 'live');
  t.deepEqual([...machines.values()].map(({ name }) => name).sort(), ['agent-1', 'agent-2']);
  const version = inventory.version('machines');
  const changes = 30;
  for (let index = 0; index < changes; index++) {
    const body = {
      metadata: { labels: { 'bosh.cloudfoundry.org/job': 'api', 'bosh.cloudfoundry.org/index': `${index}` } },
    };
    await cluster.json({ method: 'PATCH', path: `/api/v1/namespaces/${namespace}/pods/agent-1`, body });
  }
  await cluster.core.deleteNamespacedPod({ name: 'agent-2', namespace, gracePeriodSeconds: 0 });
  const instances = () => [...machines.values()].map(({ instance, state }) => `${instance} ${state}`).sort();
  await until(() => String(instances()) === String([`agent-2 No pod`, `api/${changes - 1} Pending`]));
  t.deepEqual(instances(), [`agent-2 No pod`, `api/${changes - 1} Pending`]);
  t.is(inventory.rows('machines'), machines, 'the same map all its life');
  t.true(inventory.version('machines') > version);
  t.true(publications <= (performance.now() - began) / 60 + 2, `${publications} publications`);
});

test('a right that is missing for one collection costs that collection alone', async (t) => {
  const limited = { name: 'limited', groups: ['system:authenticated'] };
  const tokens = { admin: { name: 'admin', groups: ['system:masters', 'system:authenticated'] }, limited };
  const sandbox = await startSandbox({ nodes: [], scheduler: false, storage: false, tokens });
  t.teardown(() => sandbox.stop());
  const as = async (token: string) => {
    const cluster = connect(targetOf(await parseKubeconfig(kubeconfigOf(sandbox.url, 'sandbox', 'bosh', token))));
    t.teardown(() => cluster.close());
    return cluster;
  };
  const admin = await as('admin');
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/bosh';
  const rules = [{ apiGroups: [''], resources: ['pods', 'persistentvolumeclaims'], verbs: ['list', 'watch'] }];
  await admin.json({ method: 'POST', path: `${rbac}/roles`, body: { metadata: { name: 'look' }, rules } });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'look' };
  const subjects = [{ kind: 'User', name: 'limited', apiGroup: 'rbac.authorization.k8s.io' }];
  const body = { metadata: { name: 'look' }, roleRef, subjects };
  await admin.json({ method: 'POST', path: `${rbac}/rolebindings`, body });
  const inventory = startInventory(await as('limited'), { namespace: 'bosh' });
  t.teardown(() => inventory.close());
  await until(() => inventory.collections().every(({ freshness: { state } }) => state !== 'syncing'));
  t.is(inventory.freshness().state, 'live');
  const failed = inventory.collections().filter(({ freshness }) => freshness.state === 'failed');
  t.deepEqual(failed.map(({ name }) => name).sort(), [
    'events',
    'nodes',
    'records',
    'services',
    'storageClasses',
    'volumes',
  ]);
});

test('of Secrets nothing but metadata is ever asked for', async (t) => {
  const accepted: string[] = [];
  const { url } = await serve(t, (request, response) => {
    if (request.url?.includes('/secrets')) accepted.push(request.headers.accept ?? '');
    if (request.url?.includes('watch=')) response.writeHead(200).flushHeaders();
    else answer(response, 200, { metadata: { resourceVersion: '7' }, items: [] });
  });
  const inventory = startInventory(connectTo(t, targetAt(url)), { namespace: 'bosh' });
  t.teardown(() => inventory.close());
  await until(() => accepted.length === 2);
  t.is(accepted.length, 2, 'a list and a watch');
  for (const form of accepted.flatMap((accept) => accept.split(','))) t.regex(form, /;as=PartialObjectMetadata/);
});
