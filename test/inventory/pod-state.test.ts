import { podFacts } from '../../src/inventory/pod-facts.ts';
import type { Pod } from '../../src/kubernetes/objects.ts';
import { onBoth } from '../contract/api/on-both.ts';

const image = 'registry.test/stemcell:1';
const own = { name: 'bosh-job', image, imageID: '', ready: false, restartCount: 0 };
const first = { name: 'first', image, imageID: '', ready: false, restartCount: 0 };
const done = { ...first, state: { terminated: { exitCode: 0, reason: 'Completed' } } };
const ready = [{ type: 'Ready', status: 'True' }];

/** Statuses that pods can be in, by name. */
const statuses: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  running: {
    phase: 'Running',
    conditions: ready,
    initContainerStatuses: [done],
    containerStatuses: [{ ...own, ready: true, state: { running: {} } }],
  },
  pulling: {
    phase: 'Pending',
    initContainerStatuses: [done],
    containerStatuses: [{ ...own, state: { waiting: { reason: 'ImagePullBackOff' } } }],
  },
  crashing: {
    phase: 'Running',
    initContainerStatuses: [done],
    containerStatuses: [{ ...own, restartCount: 7, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
  },
  killed: {
    phase: 'Running',
    initContainerStatuses: [done],
    containerStatuses: [{ ...own, state: { terminated: { exitCode: 137, signal: 9 } } }],
  },
  failing: {
    phase: 'Running',
    initContainerStatuses: [done],
    containerStatuses: [{ ...own, state: { terminated: { exitCode: 3 } } }],
  },
  initial: { phase: 'Pending', initContainerStatuses: [{ ...first, state: { running: {} } }] },
  stuck: {
    phase: 'Pending',
    initContainerStatuses: [{ ...first, restartCount: 2, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
  },
  broken: {
    phase: 'Pending',
    initContainerStatuses: [{ ...first, state: { terminated: { exitCode: 1, reason: 'Error' } } }],
  },
  evicted: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory.' },
  ended: {
    phase: 'Succeeded',
    initContainerStatuses: [done],
    containerStatuses: [{ ...own, state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
  },
};

interface Table {
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly rows: readonly { readonly cells: readonly unknown[] }[];
}

onBoth('the state of a machine is what kubectl shows as STATUS', async (t, { cluster, namespace, call }) => {
  await cluster.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'machine' } } });
  const path = `/api/v1/namespaces/${namespace}/pods`;
  for (const [name, status] of Object.entries(statuses)) {
    const spec = {
      serviceAccountName: 'machine',
      automountServiceAccountToken: false,
      // no scheduler and no node gives it another status
      schedulerName: 'none',
      initContainers: [{ name: 'first', image }],
      containers: [{ name: 'bosh-job', image }],
    };
    await cluster.core.createNamespacedPod({ namespace, body: { metadata: { name }, spec } });
    await cluster.json({ method: 'PATCH', path: `${path}/${name}/status`, body: { status } });
  }
  const { body } = await call({ method: 'GET', path, accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' });
  const { columnDefinitions, rows } = body as unknown as Table;
  const at = (column: string) => columnDefinitions.findIndex(({ name }) => name === column);
  const shown = rows.map(
    ({ cells }) => `${cells[at('Name')]} ${cells[at('Status')]} ${parseInt(String(cells[at('Restarts')]), 10)}`,
  );
  const { items } = await cluster.json<{ items: readonly Pod[] }>({ method: 'GET', path });
  const ours = items
    .map((pod) => podFacts(pod, (text) => text))
    .map(({ name, state, restarts }) => `${name} ${state} ${restarts}`);
  t.is(rows.length, Object.keys(statuses).length);
  t.deepEqual(ours.sort(), shown.sort());
});
