import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { exec } from '../../../src/kubernetes/exec.ts';
import { type ApiUnderTest, eventually } from './backends.ts';
import { podOf, startDoubles } from './doubles.ts';
import { onBoth } from './on-both.ts';

const bare = { nodes: [], storage: false } as const;

const base = (api: ApiUnderTest) => `/api/v1/namespaces/${api.namespace}`;

async function getPod(api: ApiUnderTest, name: string): Promise<V1Pod> {
  return await api.cluster.json<V1Pod>({ method: 'GET', path: `${base(api)}/pods/${name}` });
}

/** Waits until the pod is as wanted, and gives it. */
async function podWhen(api: ApiUnderTest, name: string, wanted: (pod: V1Pod) => boolean | undefined): Promise<V1Pod> {
  let pod = await getPod(api, name);
  await eventually(async () => {
    pod = await getPod(api, name);
    return wanted(pod) ?? false;
  });
  return pod;
}

function condition(pod: V1Pod, type: string) {
  return pod.status?.conditions?.find((one) => one.type === type);
}

const isReady = (pod: V1Pod) => condition(pod, 'Ready')?.status === 'True';
const waiting = (pod: V1Pod) => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason;

async function reasons(api: ApiUnderTest, name: string): Promise<string[]> {
  const query = { fieldSelector: `involvedObject.name=${name}` };
  type Events = { items: { reason: string }[] };
  const { items } = await api.cluster.json<Events>({ method: 'GET', path: `${base(api)}/events`, query });
  return items.map(({ reason }) => reason);
}

onBoth(
  'a machine comes up, answers, restarts and goes',
  async (t, api) => {
    const { cluster, namespace, call } = api;
    const doubles = await startDoubles(api);
    const settings = {
      'settings.json': '{"agent_id":"a"}',
      'update_settings.json': '{"mbus":"kept"}',
      'record.json': 'no',
    };
    await cluster.json({
      method: 'POST',
      path: `${base(api)}/secrets`,
      body: { metadata: { name: 'a' }, stringData: settings },
    });
    const claim = {
      storageClassName: `${doubles.prefix}-wait`,
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '64Mi' } },
    };
    await cluster.json({
      method: 'POST',
      path: `${base(api)}/persistentvolumeclaims`,
      body: { metadata: { name: 'd' }, spec: claim },
    });
    const items = ['settings.json', 'update_settings.json'].map((key) => ({ key, path: key }));
    const pod = podOf(namespace, 'a', {
      container: {
        startupProbe: { exec: { command: ['/bin/bash', '/bosh-cpi/agent-up'] }, periodSeconds: 1 },
        volumeMounts: [
          { name: 'settings', mountPath: '/bosh-cpi', readOnly: true },
          { name: 'd', mountPath: '/mnt/d' },
        ],
      },
      spec: {
        volumes: [
          { name: 'settings', secret: { secretName: 'a', items } },
          { name: 'd', persistentVolumeClaim: { claimName: 'd' } },
        ],
      },
    });
    await cluster.json({ method: 'POST', path: `${base(api)}/pods`, body: pod });
    const up = await podWhen(api, 'a', isReady);
    t.is(up.status?.phase, 'Running');
    t.regex(up.status?.podIP ?? '', /^10\.88\.\d+\.\d+$/);
    t.is(up.spec?.nodeName, `${namespace}-node`);
    const status = up.status?.containerStatuses?.[0];
    t.regex(status?.containerID ?? '', /^containerd:\/\/[0-9a-f]{64}$/);
    t.is(status?.restartCount, 0);
    t.truthy(status?.state?.running?.startedAt);
    await eventually(async () => (await reasons(api, 'a')).includes('Started'));
    t.true((await reasons(api, 'a')).includes('Scheduled'));

    const cat = (path: string) => exec(cluster, 'a', 'bosh-job', ['cat', path]);
    t.is((await cat('/bosh-cpi/settings.json')).stdout.toString(), settings['settings.json']);
    t.is((await cat('/var/vcap/bosh/update_settings.json')).stdout.toString(), settings['update_settings.json']);
    const unmounted = await cat('/bosh-cpi/record.json');
    t.is(unmounted.exitCode, 1);
    t.regex(unmounted.stderr, /No such file/);
    doubles.kubelet.plant(namespace, 'a', '/var/vcap/bosh/x', 'planted');
    t.is((await cat('/var/vcap/bosh/x')).stdout.toString(), 'planted');

    t.is((await exec(cluster, 'a', 'bosh-job', ['/bin/bash', '/bosh-cpi/reboot'])).exitCode, 0);
    const again = await podWhen(
      api,
      'a',
      (one) => isReady(one) && one.status?.containerStatuses?.[0]?.restartCount === 1,
    );
    t.not(again.status?.containerStatuses?.[0]?.containerID, status?.containerID);
    t.is(again.metadata?.uid, up.metadata?.uid);
    t.is(again.status?.podIP, up.status?.podIP);
    t.is((await cat('/var/vcap/bosh/x')).stdout.toString(), 'planted', 'what is on a volume survives');

    const going = await call({ method: 'DELETE', path: `${base(api)}/pods/a`, body: { gracePeriodSeconds: 1 } });
    t.is(going.status, 200);
    await eventually(async () => (await call({ method: 'GET', path: `${base(api)}/pods/a` })).status === 404);
    const kept = await call({ method: 'GET', path: `${base(api)}/persistentvolumeclaims/d` });
    t.is((kept.body.status as { phase?: string }).phase, 'Bound');
    await cluster.json({ method: 'POST', path: `${base(api)}/pods`, body: pod });
    const next = await podWhen(api, 'a', isReady);
    t.not(next.status?.podIP, up.status?.podIP, 'a recreated pod has another address');
  },
  bare,
);

onBoth(
  'an image that cannot be pulled is said so',
  async (t, api) => {
    await startDoubles(api, { retryMs: 50 });
    const pods = `${base(api)}/pods`;
    await api.cluster.json({
      method: 'POST',
      path: pods,
      body: podOf(api.namespace, 'm', { image: 'registry.example/missing:1' }),
    });
    await api.cluster.json({ method: 'POST', path: pods, body: podOf(api.namespace, 'i', { image: 'Bad Image' }) });
    const pod = await podWhen(api, 'm', (one) => waiting(one) === 'ImagePullBackOff');
    t.is(pod.status?.phase, 'Pending');
    t.regex(pod.status?.containerStatuses?.[0]?.state?.waiting?.message ?? '', /^Back-off pulling image/);
    t.is(condition(pod, 'Ready')?.reason, 'ContainersNotReady');
    await eventually(async () => (await reasons(api, 'm')).includes('BackOff'));
    t.true((await reasons(api, 'm')).includes('Failed'));
    await podWhen(api, 'i', (one) => waiting(one) === 'InvalidImageName');
  },
  bare,
);

onBoth(
  'a pod waits for its Secret',
  async (t, api) => {
    await startDoubles(api, { retryMs: 50 });
    const volumes = [{ name: 's', secret: { secretName: 'late' } }];
    await api.cluster.json({
      method: 'POST',
      path: `${base(api)}/pods`,
      body: podOf(api.namespace, 'p', { spec: { volumes } }),
    });
    const pod = await podWhen(api, 'p', (one) => waiting(one) === 'ContainerCreating');
    t.is(pod.status?.podIP, undefined);
    await eventually(async () => (await reasons(api, 'p')).includes('FailedMount'));
    await api.cluster.json({ method: 'POST', path: `${base(api)}/secrets`, body: { metadata: { name: 'late' } } });
    t.truthy(await podWhen(api, 'p', isReady));
  },
  bare,
);

onBoth(
  'a pod nobody can take is unschedulable, and says why',
  async (t, api) => {
    await startDoubles(api, { capacity: { cpu: '1' } });
    const make = (name: string, fields: Parameters<typeof podOf>[2]) =>
      api.cluster.json({ method: 'POST', path: `${base(api)}/pods`, body: podOf(api.namespace, name, fields) });
    await make('elsewhere', { spec: { nodeSelector: { no: 'where' } } });
    await make('big', { container: { resources: { requests: { cpu: '2' } } } });
    await make('one', { container: { resources: { requests: { cpu: '1' } } } });
    await podWhen(api, 'one', isReady);
    await make('another', { container: { resources: { requests: { cpu: '1' } } } });
    await make('diskless', { spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'absent' } }] } });
    const why = async (name: string) => {
      const pod = await podWhen(api, name, (one) => condition(one, 'PodScheduled')?.reason === 'Unschedulable');
      return condition(pod, 'PodScheduled')?.message ?? '';
    };
    // On a cluster with more nodes than the double the others' reasons stand there as well.
    const sentence = (reason: string, preemption: string) =>
      new RegExp(
        `^0/\\d+ nodes are available: ${reason}\\. no new claims to deallocate, preemption: 0/\\d+ nodes are available: ${preemption}\\.$`,
      );
    const useless = '\\d+ Preemption is not helpful for scheduling';
    t.regex(
      await why('elsewhere'),
      sentence(".*\\d+ node\\(s\\) didn't match Pod's node affinity/selector.*", useless),
    );
    t.regex(await why('big'), sentence('1 Insufficient cpu.*', useless));
    t.regex(await why('another'), sentence('1 Insufficient cpu.*', '1 No preemption victims found for incoming pod.*'));
    t.regex(
      await why('diskless'),
      /^0\/\d+ nodes are available: persistentvolumeclaim "absent" not found\. not found$/,
    );
    await eventually(async () => (await reasons(api, 'big')).includes('FailedScheduling'));
  },
  bare,
);

onBoth(
  'a machine whose agent does not come up is never ready',
  async (t, api) => {
    await startDoubles(api, {
      retryMs: 20,
      exec: (_pod, _container, command) =>
        command.includes('/bosh-cpi/agent-up') ? { stdout: '', stderr: '', exitCode: 1 } : undefined,
    });
    const container = {
      startupProbe: { exec: { command: ['/bin/bash', '/bosh-cpi/agent-up'] }, failureThreshold: 1000 },
    };
    await api.cluster.json({
      method: 'POST',
      path: `${base(api)}/pods`,
      body: podOf(api.namespace, 'p', { container }),
    });
    const pod = await podWhen(api, 'p', (one) => one.status?.phase === 'Running');
    t.false(isReady(pod));
    t.is(pod.status?.containerStatuses?.[0]?.started, false);
  },
  bare,
);

onBoth(
  'a container that ends is started again',
  async (t, api) => {
    const doubles = await startDoubles(api);
    await api.cluster.json({ method: 'POST', path: `${base(api)}/pods`, body: podOf(api.namespace, 'p') });
    await podWhen(api, 'p', isReady);
    doubles.kubelet.kill(api.namespace, 'p');
    const pod = await podWhen(api, 'p', (one) => one.status?.containerStatuses?.[0]?.restartCount === 1);
    t.is(pod.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 137);
    const log = await api.call({ method: 'GET', path: `${base(api)}/pods/p/log` });
    t.is(log.status, 200);
    t.regex(String(log.body.text), /restarted/);
  },
  bare,
);

onBoth(
  'an eviction asks the disruption budget',
  async (t, api) => {
    await startDoubles(api);
    const { cluster, call } = api;
    const labels = { group: 'g' };
    const pod = podOf(api.namespace, 'p');
    await cluster.json({
      method: 'POST',
      path: `${base(api)}/pods`,
      body: { ...pod, metadata: { ...pod.metadata, labels } },
    });
    await podWhen(api, 'p', isReady);
    const budgets = `/apis/policy/v1/namespaces/${api.namespace}/poddisruptionbudgets`;
    const spec = { minAvailable: 1, selector: { matchLabels: labels } };
    await cluster.json({ method: 'POST', path: budgets, body: { metadata: { name: 'b' }, spec } });
    await eventually(async () => {
      const { body } = await call({ method: 'GET', path: `${budgets}/b` });
      return (body.status as { currentHealthy?: number }).currentHealthy === 1;
    });
    const evict = () =>
      call({
        method: 'POST',
        path: `${base(api)}/pods/p/eviction`,
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p', namespace: api.namespace } },
      });
    const refused = await evict();
    t.is(refused.status, 429);
    t.is(refused.body.message, "Cannot evict pod as it would violate the pod's disruption budget.");
    t.deepEqual((refused.body.details as { causes: unknown }).causes, [
      { reason: 'DisruptionBudget', message: 'The disruption budget b needs 1 healthy pods and has 1 currently' },
    ]);
    await cluster.json({ method: 'DELETE', path: `${budgets}/b` });
    await eventually(async () => (await evict()).status === 201);
    await eventually(async () => (await call({ method: 'GET', path: `${base(api)}/pods/p` })).status === 404);
  },
  bare,
);

onBoth(
  'a pod that must not restart fails or succeeds for good',
  async (t, api) => {
    const { kubelet } = await startDoubles(api);
    await api.cluster.json({
      method: 'POST',
      path: `${base(api)}/pods`,
      body: podOf(api.namespace, 'p', { spec: { restartPolicy: 'Never' } }),
    });
    await podWhen(api, 'p', isReady);
    kubelet.kill(api.namespace, 'p');
    const pod = await podWhen(api, 'p', (one) => one.status?.phase === 'Failed');
    t.is(pod.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 137);
    t.false(isReady(pod));
  },
  bare,
);
