import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import test from 'ava';
import fc from 'fast-check';
import { planPod, podOf } from '../../src/vm/pod.ts';
import { parseVmProperties } from '../../src/vm/properties.ts';
import type { VmRecord } from '../../src/vm/record.ts';

const vm = 'agent-f66d842d-15b0-413f-bf9d-502218611f66';

function plan(properties: unknown = {}, over: Partial<Parameters<typeof planPod>[0]> = {}): VmRecord['pod'] {
  return planPod({
    vm,
    agentId: vm.slice(6),
    image: 'registry.test/a:1',
    properties: parseVmProperties(properties),
    group: undefined,
    ephemeralClaim: undefined,
    annotations: {},
    labels: {},
    addresses: [],
    ...over,
  });
}

function recordOf(pod: VmRecord['pod'], claims: readonly string[], generation = 1): VmRecord {
  const disks = claims.map((claim) => ({ cid: claim, claim }));
  const record = { version: 1, agentId: vm.slice(6), request: '', phase: 'running', generation, pod, disks } as const;
  return { ...record, services: [], sharedServices: [] };
}

const mountsOf = (pod: V1Pod) => pod.spec?.containers[0]?.volumeMounts ?? [];

test('labels that machines are found by cannot be set by an operator', (t) => {
  const { metadata } = plan(
    {
      labels: {
        'bosh.cloudfoundry.org/agent-id': 'other',
        'app.kubernetes.io/managed-by': 'me',
        'bosh.cloudfoundry.org/group': 'x',
        mine: 'y',
      },
    },
    { group: 'real' },
  );
  t.like(metadata.labels, {
    'bosh.cloudfoundry.org/agent-id': vm.slice(6),
    'app.kubernetes.io/managed-by': 'kubernetes-cpi',
    'bosh.cloudfoundry.org/group': 'real',
    mine: 'y',
  });
});

test('a pod has exactly the disks of its record, each once and at its own place', (t) => {
  const claim = fc.uuid().map((id) => `disk-${id}`);
  fc.assert(
    fc.property(fc.uniqueArray(claim, { maxLength: 6 }), (claims) => {
      const pod = podOf('bosh', vm, 'uid', recordOf(plan(), claims));
      const disks = mountsOf(pod).filter(({ mountPath }) => mountPath.startsWith('/mnt/'));
      t.deepEqual(
        disks.map(({ mountPath }) => mountPath),
        claims.map((name) => `/mnt/${name}`),
      );
      const names = pod.spec?.volumes?.map(({ name }) => name) ?? [];
      t.is(new Set(names).size, names.length);
      for (const { name } of mountsOf(pod)) t.true(names.includes(name));
      for (const name of claims)
        t.true(`bosh.cloudfoundry.org/${name}` in (pod.metadata?.labels ?? {}), 'who has a disk is one selection');
    }),
  );
});

test('a machine whose disks come beside it has a folder of its node, and names no disk', (t) => {
  const record = { ...recordOf(plan(), ['disk-1', 'disk-2']), attach: 'hotplug' as const };
  const pod = podOf('bosh', vm, 'uid', record);
  t.false(JSON.stringify(pod).includes('disk-1'));
  const mount = mountsOf(pod).find(({ mountPath }) => mountPath === '/mnt');
  t.is(mount?.mountPropagation, 'HostToContainer');
  t.true(mount?.readOnly, 'who writes where no disk is writes to the node');
  const volume = pod.spec?.volumes?.find(({ name }) => name === mount?.name);
  t.deepEqual(volume?.hostPath, { path: `/run/bosh-cpi/bosh/${vm}`, type: 'DirectoryOrCreate' });
});

test('making a pod of a record changes nothing of the record', (t) => {
  const record = recordOf(plan({ ephemeral_disk: { size: 64 } }), ['disk-1']);
  const before = structuredClone(record);
  podOf('bosh', vm, 'uid', record);
  podOf('bosh', vm, 'uid', record);
  t.deepEqual(record, before);
});

test('a pod says which generation of its record it is', (t) => {
  t.is(
    podOf('bosh', vm, 'uid', recordOf(plan(), [], 7)).metadata?.annotations?.['bosh.cloudfoundry.org/generation'],
    '7',
  );
});

test('a sized ephemeral disk bounds the volume, asks for its room, and yields to what is asked for by name', (t) => {
  const { spec } = plan({ ephemeral_disk: { size: 512 } });
  t.is(spec.volumes?.find(({ name }) => name === 'vcap')?.emptyDir?.sizeLimit, '512Mi');
  t.is(spec.containers[0]?.resources?.requests?.['ephemeral-storage'] as unknown, '512Mi');
  const asked = plan({ ephemeral_disk: { size: 512 }, resources: { requests: { 'ephemeral-storage': '1Mi' } } });
  t.is(asked.spec.containers[0]?.resources?.requests?.['ephemeral-storage'] as unknown, '1Mi');
  const claimed = plan({ ephemeral_disk: { size: 512, class: 'fast' } }, { ephemeralClaim: 'ephemeral-x' });
  t.is(claimed.spec.volumes?.find(({ name }) => name === 'vcap')?.persistentVolumeClaim?.claimName, 'ephemeral-x');
  t.is(claimed.spec.containers[0]?.resources?.requests, undefined, 'a claim takes no room of the node');
});

test('numbers in resources become quantities, which Kubernetes wants as text', (t) => {
  const { resources } =
    plan({ resources: { requests: { cpu: 2, memory: '1Gi' }, limits: { cpu: 2.5 } } }).spec.containers[0] ?? {};
  t.deepEqual(resources as unknown, { requests: { cpu: '2', memory: '1Gi' }, limits: { cpu: '2.5' } });
});

test('an availability zone is a demand, the group a wish', (t) => {
  const { affinity } = plan({ availability_zone: 'z1' }, { group: 'g' }).spec;
  t.deepEqual(affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms.length, 1);
  t.is(affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution, undefined);
  t.truthy(affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.length);
  t.is(plan().spec.affinity, undefined);
});

test('a machine gets no token, no service variables, and never sees its record', (t) => {
  const { spec } = plan();
  t.false(spec.automountServiceAccountToken);
  t.false(spec.enableServiceLinks);
  const items = spec.volumes?.find(({ secret }) => secret !== undefined)?.secret?.items ?? [];
  t.false(items.some(({ key }) => key === 'record.json'));
  t.true(items.length > 0, 'a Secret mounted whole would show the record');
});
