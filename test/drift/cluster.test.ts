import test, { type ExecutionContext } from 'ava';
import { connectDirector } from '../../src/director/client.ts';
import { startDirectorFeed } from '../../src/director/feed.ts';
import { createDrift, type Drift } from '../../src/drift/drift.ts';
import { startInventory } from '../../src/inventory/inventory.ts';
import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { type ServedDirector, serveDirector } from '../sandbox/director/serve.ts';

const namespace = 'bosh';

async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo() && waited < 60_000; waited += 50) await new Promise((next) => setTimeout(next, 50));
}

/** A Director's deployment on an embedded cluster, read and compared as the console does. */
async function compared(t: ExecutionContext): Promise<{ served: ServedDirector; drift: Drift }> {
  const served = await serveDirector();
  const inventory = startInventory(served.cluster, { namespace });
  const feed = startDirectorFeed(connectDirector(served.target), { listingsMs: 1000 });
  const drift = createDrift(inventory, feed, { namespace });
  t.teardown(async () => {
    drift.close();
    feed.close();
    inventory.close();
    await served.stop();
  });
  await until(() => inventory.collections().every(({ freshness }) => freshness.state === 'live'));
  await until(() => feed.view().freshness.state === 'live');
  await feed.scan();
  return { served, drift };
}

/** Deletes a pod and makes it again as it was, as a backup tool does: nothing tells BOSH. */
async function makeAgain({ core }: Cluster, name: string): Promise<void> {
  const { metadata = {}, spec } = await core.readNamespacedPod({ name, namespace });
  await core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 });
  const { labels = {}, annotations = {} } = metadata;
  const { nodeName: _, ...kept } = spec ?? { containers: [] };
  await core.createNamespacedPod({ namespace, body: { metadata: { name, labels, annotations }, spec: kept } });
}

test('what somebody does behind BOSH is found, and no more than that', async (t) => {
  const { served, drift } = await compared(t);
  const { cluster, instance } = served;
  const found = () => drift.findings().map(({ rule, subject }) => `${rule} ${subject.label}`);
  await until(() => drift.watching() === undefined);
  t.deepEqual(found(), []);
  t.deepEqual(drift.notes(), []);

  await makeAgain(cluster, instance('web/0').vm?.cid ?? '');
  await until(() => found().length > 0);
  t.deepEqual(found(), ['ip-differs web/0']);
  const [differs] = drift.findings();
  const pod = await cluster.core.readNamespacedPod({ name: differs?.subject.name ?? '', namespace });
  t.is(differs?.actual, pod.status?.podIP);
  t.is(differs?.subject.deployment, 'shop');
  t.is(differs?.subject.instance, `web/${instance('web/0').id}`);

  const services = await cluster.core.listNamespacedService({ namespace });
  const db = instance('db/0').vm?.cid ?? '';
  const service = services.items.find(({ metadata }) => metadata?.name?.startsWith(db));
  const path = `/api/v1/namespaces/${namespace}/services/${service?.metadata?.name}`;
  await cluster.json({ method: 'PATCH', path, body: { spec: { selector: { nobody: 'home' } } } });
  const web = instance('web/1').vm?.cid ?? '';
  await cluster.core.deleteNamespacedSecret({ name: web, namespace });
  await cluster.core.deleteNamespacedPod({ name: web, namespace, gracePeriodSeconds: 0 });
  const disk = instance('db/1').disks[0]?.cid ?? '';
  await cluster.core.deleteNamespacedPersistentVolumeClaim({ name: disk, namespace });
  await until(() => found().length === 4 && drift.watching() === undefined);
  t.deepEqual(found(), ['ip-differs web/0', 'vm-without-pod web/1', 'service-selector db/0', `disk-leaving ${disk}`]);

  // the Director heals what it is told to heal, and its task is no drift
  await cluster.json({
    method: 'PATCH',
    path,
    body: { spec: { selector: { nobody: null, ...service?.spec?.selector } } },
  });
  const { group, id } = instance('web/0');
  await connectDirector(served.target).act({ deployment: 'shop', group, id }, { name: 'recreate' });
  await until(() => found().length === 2);
  t.deepEqual(found(), ['vm-without-pod web/1', `disk-leaving ${disk}`]);
});
