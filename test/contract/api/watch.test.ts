import type { Cluster } from '../../../src/kubernetes/cluster.ts';
import { eventually } from './backends.ts';
import { onBoth } from './on-both.ts';
import { openWatch, type Watch } from './watch-reader.ts';

const quiet = { nodes: [], scheduler: false, storage: false } as const;

/** Adds one more object and closes the watch; what came before it. */
async function upToEnd(watch: Watch, cluster: Cluster, path: string, labels: object = {}): Promise<string[]> {
  await cluster.json({ method: 'POST', path, body: { metadata: { name: 'end', labels } } });
  const seen = await watch.until('end');
  watch.close();
  return seen;
}

interface Secret {
  metadata: { name: string; resourceVersion: string; uid: string };
}

interface List {
  metadata: { resourceVersion: string };
}

onBoth(
  'a watch from a list sees every later change in order',
  async (t, { cluster, namespace }) => {
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    await cluster.json({ method: 'POST', path, body: { metadata: { name: 'before' } } });
    const list = await cluster.json<List>({ method: 'GET', path });
    await cluster.json({ method: 'POST', path, body: { metadata: { name: 'a' } } });
    await cluster.json({ method: 'PATCH', path: `${path}/a`, body: { metadata: { labels: { a: 'b' } } } });
    const watch = await openWatch(cluster, `${path}?resourceVersion=${list.metadata.resourceVersion}`);
    await cluster.json({ method: 'DELETE', path: `${path}/a` });
    await cluster.json({ method: 'POST', path, body: { metadata: { name: 'b' } } });
    t.deepEqual(await upToEnd(watch, cluster, path), ['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED b']);
  },
  quiet,
);

onBoth(
  'a change that changes nothing is no event',
  async (t, { cluster, namespace }) => {
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const before = await cluster.json<Secret>({
      method: 'POST',
      path,
      body: { metadata: { name: 'a', labels: { a: 'b' } } },
    });
    const watch = await openWatch(cluster, `${path}?resourceVersion=${before.metadata.resourceVersion}`);
    const after = await cluster.json<Secret>({
      method: 'PATCH',
      path: `${path}/a`,
      body: { metadata: { labels: { a: 'b' } } },
    });
    t.is(after.metadata.resourceVersion, before.metadata.resourceVersion);
    t.deepEqual(await upToEnd(watch, cluster, path), []);
  },
  quiet,
);

onBoth(
  'a watch without version begins with what is there',
  async (t, { cluster, namespace }) => {
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    await cluster.json({ method: 'POST', path, body: { metadata: { name: 'a' } } });
    await cluster.json({ method: 'POST', path, body: { metadata: { name: 'b' } } });
    const watch = await openWatch(cluster, `${path}`);
    t.deepEqual(await upToEnd(watch, cluster, path), ['ADDED a', 'ADDED b']);
  },
  quiet,
);

onBoth(
  'objects come into a label selection and leave it',
  async (t, { cluster, namespace }) => {
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const list = await cluster.json<List>({ method: 'GET', path });
    const query = `labelSelector=in%3Dyes&resourceVersion=${list.metadata.resourceVersion}`;
    const watch = await openWatch(cluster, `${path}?${query}`);
    const label = (value: string | null) =>
      cluster.json<Secret>({ method: 'PATCH', path: `${path}/a`, body: { metadata: { labels: { in: value } } } });
    await cluster.json({ method: 'POST', path, body: { metadata: { name: 'a', labels: { in: 'no' } } } });
    await label('yes');
    const left = await label('no');
    await label('yes');
    await cluster.json({ method: 'DELETE', path: `${path}/a` });
    t.deepEqual((await watch.next())?.type, 'ADDED');
    const gone = await watch.next();
    t.is(gone?.type, 'DELETED');
    // The last selected state, under the version of the change that took it out.
    t.deepEqual(gone?.object.metadata.resourceVersion, left.metadata.resourceVersion);
    t.deepEqual(gone?.object.metadata.labels, { in: 'yes' });
    t.deepEqual(await upToEnd(watch, cluster, path, { in: 'yes' }), ['ADDED a', 'DELETED a']);
  },
  quiet,
);

onBoth(
  'a watch of one name sees only that',
  async (t, { cluster, namespace }) => {
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const list = await cluster.json<List>({ method: 'GET', path });
    const query = `fieldSelector=metadata.name%3Da&resourceVersion=${list.metadata.resourceVersion}`;
    const watch = await openWatch(cluster, `${path}?${query}`);
    await cluster.json({ method: 'POST', path, body: { metadata: { name: 'b' } } });
    await cluster.json({ method: 'POST', path, body: { metadata: { name: 'a' } } });
    t.deepEqual(await watch.until('a'), []);
    watch.close();
  },
  quiet,
);

onBoth(
  'a deleted object is shown under the version of its deletion',
  async (t, { cluster, namespace }) => {
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const made = await cluster.json<Secret>({ method: 'POST', path, body: { metadata: { name: 'a' } } });
    const watch = await openWatch(cluster, `${path}?resourceVersion=${made.metadata.resourceVersion}`);
    await cluster.json({ method: 'DELETE', path: `${path}/a` });
    const event = await watch.next();
    t.is(event?.type, 'DELETED');
    t.true(Number(event?.object.metadata.resourceVersion) > Number(made.metadata.resourceVersion));
    watch.close();
  },
  quiet,
);

onBoth(
  'bookmarks end the initial events when asked for',
  async (t, { cluster, namespace }) => {
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    await cluster.json({ method: 'POST', path, body: { metadata: { name: 'a' } } });
    const query = 'allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
    const watch = await openWatch(cluster, `${path}?${query}`);
    t.is((await watch.next())?.type, 'ADDED');
    const bookmark = await watch.next();
    t.is(bookmark?.type, 'BOOKMARK');
    t.deepEqual(bookmark?.object.metadata.annotations, { 'k8s.io/initial-events-end': 'true' });
    t.is(bookmark?.object.kind, 'Secret');
    watch.close();
  },
  quiet,
);

onBoth(
  'dependents go with their owner',
  async (t, { cluster, namespace, call }) => {
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const owner = await cluster.json<Secret>({ method: 'POST', path, body: { metadata: { name: 'owner' } } });
    const reference = { apiVersion: 'v1', kind: 'Secret', name: 'owner', uid: owner.metadata.uid };
    const owned = (name: string) =>
      cluster.json({ method: 'POST', path, body: { metadata: { name, ownerReferences: [reference] } } });
    await owned('dependent');
    await cluster.json({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/services`,
      body: { metadata: { name: 'dependent', ownerReferences: [reference] }, spec: { ports: [{ port: 80 }] } },
    });
    await cluster.json({ method: 'DELETE', path: `${path}/owner` });
    const status = async (what: string) =>
      (await call({ method: 'GET', path: `/api/v1/namespaces/${namespace}/${what}` })).status;
    await eventually(
      async () => (await status('secrets/dependent')) === 404 && (await status('services/dependent')) === 404,
    );
    // One whose owner is gone already goes as well.
    await owned('late');
    await eventually(async () => (await status('secrets/late')) === 404);
    t.pass();
  },
  quiet,
);

onBoth(
  'a claim in use goes only after its pod',
  async (t, { cluster, namespace, call }) => {
    const base = `/api/v1/namespaces/${namespace}`;
    const spec = { storageClassName: '', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } };
    await cluster.json({
      method: 'POST',
      path: `${base}/persistentvolumeclaims`,
      body: { metadata: { name: 'c' }, spec },
    });
    const pod = {
      schedulerName: 'none',
      nodeName: 'absent-node',
      automountServiceAccountToken: false,
      containers: [{ name: 'c', image: 'a:1' }],
      tolerations: [{ operator: 'Exists' }],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }],
    };
    await cluster.json({ method: 'POST', path: `${base}/pods`, body: { metadata: { name: 'p' }, spec: pod } });
    const going = await cluster.json<{ metadata: { deletionTimestamp?: string; finalizers?: string[] } }>({
      method: 'DELETE',
      path: `${base}/persistentvolumeclaims/c`,
    });
    t.truthy(going.metadata.deletionTimestamp);
    t.deepEqual(going.metadata.finalizers, ['kubernetes.io/pvc-protection']);
    await new Promise((resolve) => setTimeout(resolve, 300));
    t.is((await call({ method: 'GET', path: `${base}/persistentvolumeclaims/c` })).status, 200);
    await call({ method: 'DELETE', path: `${base}/pods/p`, body: { gracePeriodSeconds: 0 } });
    await eventually(
      async () => (await call({ method: 'GET', path: `${base}/persistentvolumeclaims/c` })).status === 404,
    );
  },
  quiet,
);

onBoth(
  'a namespace takes everything in it along',
  async (t, { cluster, namespace, call }) => {
    const name = `${namespace}-more`;
    await cluster.json({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } });
    await cluster.json({
      method: 'POST',
      path: `/api/v1/namespaces/${name}/secrets`,
      body: { metadata: { name: 's' } },
    });
    const deleted = await call({ method: 'DELETE', path: `/api/v1/namespaces/${name}` });
    t.is(deleted.status, 200);
    t.is((deleted.body.status as { phase?: string }).phase, 'Terminating');
    await eventually(async () => (await call({ method: 'GET', path: `/api/v1/namespaces/${name}` })).status === 404);
    t.is((await call({ method: 'GET', path: `/api/v1/namespaces/${name}/secrets/s` })).status, 404);
  },
  quiet,
);

onBoth(
  'a quota refuses what is too much',
  async (t, { cluster, namespace, call }) => {
    const base = `/api/v1/namespaces/${namespace}`;
    const hard = { pods: '1', 'requests.storage': '1Gi' };
    await cluster.json({
      method: 'POST',
      path: `${base}/resourcequotas`,
      body: { metadata: { name: 'small' }, spec: { hard } },
    });
    const pod = (name: string) => ({
      metadata: { name },
      spec: { schedulerName: 'none', automountServiceAccountToken: false, containers: [{ name: 'c', image: 'a:1' }] },
    });
    const claim = (storage: string) => ({
      metadata: { name: 'c' },
      spec: { storageClassName: '', accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
    });
    // Admission counts once the controller has set the status.
    await eventually(async () => {
      const { body } = await call({ method: 'GET', path: `${base}/resourcequotas/small` });
      return (body.status as { hard?: object }).hard !== undefined;
    });
    await cluster.json({ method: 'POST', path: `${base}/pods`, body: pod('one') });
    const second = await call({ method: 'POST', path: `${base}/pods`, body: pod('two') });
    t.is(second.status, 403);
    t.is(
      second.body.message,
      'pods "two" is forbidden: exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1',
    );
    const big = await call({ method: 'POST', path: `${base}/persistentvolumeclaims`, body: claim('2Gi') });
    t.is(
      big.body.message,
      'persistentvolumeclaims "c" is forbidden: exceeded quota: small, requested: requests.storage=2Gi, used: requests.storage=0, limited: requests.storage=1Gi',
    );
  },
  quiet,
);

onBoth(
  'a page of a list shows the state of the first one',
  async (t, { cluster, namespace }) => {
    type Page = { metadata: { continue?: string; remainingItemCount?: number }; items: Secret[] };
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    for (const name of ['a', 'b', 'd']) await cluster.json({ method: 'POST', path, body: { metadata: { name } } });
    const first = await cluster.json<Page>({ method: 'GET', path, query: { limit: 1 } });
    t.is(first.metadata.remainingItemCount, 2);
    await cluster.json({ method: 'POST', path, body: { metadata: { name: 'c' } } });
    await cluster.json({ method: 'DELETE', path: `${path}/d` });
    const rest = await cluster.json<Page>({
      method: 'GET',
      path,
      query: { limit: 10, continue: first.metadata.continue },
    });
    t.deepEqual(
      rest.items.map(({ metadata }) => metadata.name),
      ['b', 'd'],
    );
  },
  quiet,
);

onBoth(
  'foreground deletion takes the dependents first, orphaning leaves them',
  async (t, { cluster, namespace, call }) => {
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const family = async (owner: string) => {
      const made = await cluster.json<Secret>({ method: 'POST', path, body: { metadata: { name: owner } } });
      const reference = {
        apiVersion: 'v1',
        kind: 'Secret',
        name: owner,
        uid: made.metadata.uid,
        blockOwnerDeletion: true,
      };
      const body = { metadata: { name: `${owner}-child`, ownerReferences: [reference] } };
      await cluster.json({ method: 'POST', path, body });
    };
    const status = async (name: string) => (await call({ method: 'GET', path: `${path}/${name}` })).status;
    await family('first');
    await cluster.json({ method: 'DELETE', path: `${path}/first`, body: { propagationPolicy: 'Foreground' } });
    await eventually(async () => (await status('first')) === 404);
    t.is(await status('first-child'), 404);
    await family('second');
    await cluster.json({ method: 'DELETE', path: `${path}/second`, body: { propagationPolicy: 'Orphan' } });
    await eventually(async () => (await status('second')) === 404);
    const child = await call({ method: 'GET', path: `${path}/second-child` });
    t.is(child.status, 200);
    t.is((child.body.metadata as { ownerReferences?: unknown }).ownerReferences, undefined);
  },
  quiet,
);
