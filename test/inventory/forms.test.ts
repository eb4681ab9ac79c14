import { isDeepStrictEqual } from 'node:util';
import { claimFacts } from '../../src/inventory/disk.ts';
import { podFacts } from '../../src/inventory/pod-facts.ts';
import { classOf, eventOf, nodeOf, recordOf, serviceOf } from '../../src/inventory/projections.ts';
import { wholeObjects } from '../../src/kubernetes/collection.ts';
import { readPage } from '../../src/kubernetes/collection-body.ts';
import {
  claimShape,
  eventShape,
  metadataShape,
  nodeShape,
  podShape,
  serviceShape,
  storageClassShape,
} from '../../src/kubernetes/objects.ts';
import type { Read } from '../../src/kubernetes/protobuf.ts';
import type { ApiUnderTest } from '../contract/api/backends.ts';
import { onBoth } from '../contract/api/on-both.ts';

const plain = (text: string) => text;

async function readAs<T>({ cluster }: ApiUnderTest, path: string, shape: Read<T>, accept: string) {
  const all: T[] = [];
  await readPage(await cluster.stream(path, { accept }), shape, (items) => all.push(...items));
  return all;
}

onBoth('what is projected is the same, whichever form the server answers in', async (t, api) => {
  const { cluster, namespace } = api;
  const labels = { 'bosh.cloudfoundry.org/agent-id': '1', 'bosh.cloudfoundry.org/job': 'api' };
  const claim = 'disk-1';
  await cluster.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'machine' } } });
  await cluster.core.createNamespacedPersistentVolumeClaim({
    namespace,
    body: {
      metadata: { name: claim, labels: { 'bosh.cloudfoundry.org/disk-id': '1' } },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '3Gi' } } },
    },
  });
  const container = { image: 'registry.test/stemcell:1' };
  await cluster.core.createNamespacedPod({
    namespace,
    body: {
      metadata: {
        name: 'agent-1',
        labels,
        annotations: {
          'bosh.cloudfoundry.org/ip-address': '10.0.0.9',
          'bosh.cloudfoundry.org/metadata': '{"deployment":"cf","index":"3","name":"api/x"}',
        },
      },
      spec: {
        serviceAccountName: 'machine',
        automountServiceAccountToken: false,
        nodeSelector: { 'no.such/node': 'true' },
        initContainers: [{ name: 'first', ...container }],
        containers: [{ name: 'bosh-job', ...container }],
        volumes: [{ name: 'disk', persistentVolumeClaim: { claimName: claim } }],
      },
    },
  });
  await cluster.core.createNamespacedService({
    namespace,
    body: {
      metadata: { name: 'agent-1-web', labels },
      spec: { selector: labels, ports: [{ port: 443 }], externalIPs: ['192.0.2.7'] },
    },
  });
  await cluster.core.createNamespacedEvent({
    namespace,
    body: {
      metadata: { name: 'agent-1.1' },
      involvedObject: { kind: 'Pod', name: 'agent-1', namespace, uid: 'some-uid' },
      type: 'Warning',
      reason: 'FailedMount',
      message: 'no such volume',
      count: 4,
      lastTimestamp: new Date('2026-01-02T03:04:05Z'),
    },
  });
  await cluster.json({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/events`,
    body: {
      metadata: { name: 'agent-1.2' },
      involvedObject: { kind: 'Pod', name: 'agent-1', namespace },
      type: 'Normal',
      reason: 'Scheduled',
      action: 'Binding',
      eventTime: '2026-01-02T03:04:05.123456Z',
      reportingComponent: 'test',
      reportingInstance: 'test-1',
    },
  });
  const inside = (plural: string) => `/api/v1/namespaces/${namespace}/${plural}`;
  const settled = async () => {
    const [pod] = await readAs(api, inside('pods'), podShape, 'application/json');
    return (pod?.status?.conditions?.length ?? 0) > 0;
  };
  // where there is a scheduler it says what it thinks of the pod
  for (let tries = 0; tries < 20 && !(await settled()); tries++) await new Promise((next) => setTimeout(next, 100));

  async function same<T>(path: string, shape: Read<T>, project: (object: T) => unknown): Promise<void> {
    const form = async (accept: string) => (await readAs(api, path, shape, accept)).map(project);
    const before = await form('application/json');
    const decoded = await form(wholeObjects.list);
    const after = await form('application/json');
    // somebody else changed an object meanwhile: nothing can be told
    if (!isDeepStrictEqual(before, after)) return await same(path, shape, project);
    t.deepEqual(decoded, after, path);
  }
  await same(inside('pods'), podShape, (pod) => podFacts(pod, plain));
  await same(inside('persistentvolumeclaims'), claimShape, (one) => claimFacts(one, plain));
  await same(inside('services'), serviceShape, serviceOf);
  await same(inside('events'), eventShape, (event) =>
    // the scheduler goes on speaking meanwhile
    /^agent-1\.[12]$/.test(event.metadata?.name ?? '') ? eventOf(event, plain) : undefined,
  );
  await same(inside('secrets'), metadataShape, (record) => recordOf(record, plain));
  await same('/api/v1/nodes', nodeShape, nodeOf);
  await same('/apis/storage.k8s.io/v1/storageclasses', storageClassShape, classOf);
  const [pod] = (await readAs(api, inside('pods'), podShape, wholeObjects.list)).map((one) => podFacts(one, plain));
  t.like(pod, { instance: 'api/3', deployment: 'cf', promised: '10.0.0.9', disks: [claim], state: 'Pending' });
  t.like((await readAs(api, inside('services'), serviceShape, wholeObjects.list)).map(serviceOf)[0], {
    agentId: '1',
    ports: ['443/TCP'],
  });
});
