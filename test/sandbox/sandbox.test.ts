import test from 'ava';
import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { isNotFound } from '../../src/kubernetes/errors.ts';
import { exec } from '../../src/kubernetes/exec.ts';
import { started } from './started.ts';

interface Pod {
  spec: { nodeName?: string };
  status: { phase: string; conditions?: { type: string; status: string; message?: string }[] };
}

const pods = '/api/v1/namespaces/bosh/pods';

async function runPod(cluster: Cluster, name: string, spec: object = {}): Promise<Pod> {
  const body = {
    metadata: { name },
    spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'a:1' }], ...spec },
  };
  await cluster.json({ method: 'POST', path: pods, body });
  return await podWhen(
    cluster,
    name,
    ({ status }) => status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
  );
}

async function podWhen(cluster: Cluster, name: string, wanted: (pod: Pod) => boolean): Promise<Pod> {
  for (;;) {
    const pod = await cluster.json<Pod>({ method: 'GET', path: `${pods}/${name}` });
    if (wanted(pod)) return pod;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('a cluster of several zones puts a pod where its affinity says', async (t) => {
  const zone = (name: string) => ({ labels: { 'topology.kubernetes.io/zone': name } });
  const { cluster } = await started(t, { nodes: [zone('z1'), { name: 'second', ...zone('z2') }] });
  const pod = await runPod(cluster, 'p', { nodeSelector: { 'topology.kubernetes.io/zone': 'z2' } });
  t.is(pod.spec.nodeName, 'second');
});

test('a pod that found no room goes on when there is some', async (t) => {
  const { cluster } = await started(t, { nodes: [{ capacity: { cpu: '1' } }] });
  const containers = [{ name: 'c', image: 'a:1', resources: { requests: { cpu: '1' } } }];
  await runPod(cluster, 'first', { containers });
  const body = { metadata: { name: 'second' }, spec: { automountServiceAccountToken: false, containers } };
  await cluster.json({ method: 'POST', path: pods, body });
  const waiting = await podWhen(
    cluster,
    'second',
    ({ status }) => status.conditions?.some(({ type }) => type === 'PodScheduled') ?? false,
  );
  t.regex(waiting.status.conditions?.[0]?.message ?? '', /^0\/1 nodes are available: 1 Insufficient cpu\./);
  await cluster.json({ method: 'DELETE', path: `${pods}/first` });
  const pod = await podWhen(cluster, 'second', ({ status }) => status.phase === 'Running');
  t.is(pod.spec.nodeName, 'sandbox-node');
});

test('files of a machine can be planted and read, and end with the pod', async (t) => {
  const { sandbox, cluster } = await started(t);
  await runPod(cluster, 'p');
  sandbox.plant('p', '/var/vcap/bosh/update_settings.json', '{}');
  t.is(sandbox.read('p', '/var/vcap/bosh/update_settings.json'), '{}');
  const { stdout, exitCode } = await exec(cluster, 'p', 'c', ['cat', '/var/vcap/bosh/update_settings.json']);
  t.is(exitCode, 0);
  t.is(stdout.toString(), '{}');
  t.throws(() => sandbox.plant('absent', '/x', ''), { message: /does not run/ });
  await cluster.json({ method: 'DELETE', path: `${pods}/p`, body: { gracePeriodSeconds: 0 } });
  await runPod(cluster, 'q');
  t.is(sandbox.read('q', '/var/vcap/bosh/update_settings.json'), undefined);
});

test('a group can be left out', async (t) => {
  const { cluster } = await started(t, { withoutGroups: ['snapshot.storage.k8s.io'] });
  const path = '/apis/snapshot.storage.k8s.io/v1/namespaces/bosh/volumesnapshots';
  const error = await t.throwsAsync(cluster.json({ method: 'GET', path }));
  t.true(isNotFound(error));
  const groups = await cluster.json<{ groups: { name: string }[] }>({ method: 'GET', path: '/apis' });
  t.false(groups.groups.some(({ name }) => name === 'snapshot.storage.k8s.io'));
});

test('two sandboxes know nothing of each other', async (t) => {
  const [one, two] = await Promise.all([started(t), started(t)]);
  await one.cluster.json({
    method: 'POST',
    path: '/api/v1/namespaces/bosh/secrets',
    body: { metadata: { name: 'a' } },
  });
  const list = await two.cluster.json<{ items: unknown[] }>({ method: 'GET', path: '/api/v1/namespaces/bosh/secrets' });
  t.is(list.items.length, 0);
});

test('discovery names what is served', async (t) => {
  const { cluster } = await started(t);
  type Resources = { resources: { name: string; namespaced: boolean; kind: string }[] };
  const core = await cluster.json<Resources>({ method: 'GET', path: '/api/v1' });
  t.like(
    core.resources.find(({ name }) => name === 'pods'),
    { kind: 'Pod', namespaced: true },
  );
  t.truthy(core.resources.find(({ name }) => name === 'pods/exec'));
  const storage = await cluster.json<Resources>({ method: 'GET', path: '/apis/storage.k8s.io/v1' });
  t.truthy(storage.resources.find(({ name }) => name === 'volumeattributesclasses'));
  const version = await cluster.json<{ gitVersion: string }>({ method: 'GET', path: '/version' });
  t.regex(version.gitVersion, /^v1\.\d+\.\d+$/);
});
