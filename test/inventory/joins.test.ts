import test, { type ExecutionContext } from 'ava';
import { createJoins, type Joins } from '../../src/inventory/joins.ts';
import type { Machine } from '../../src/inventory/model.ts';
import { claim, created, pod, running, waiting } from './support/objects.ts';

const uidOf = (name: string) => `uid of ${name}`;

/** An inventory's joins, without a cluster. */
function joined(t: ExecutionContext) {
  let touched = 0;
  const joins = createJoins(() => touched++);
  t.teardown(joins.stop);
  const machine = (name = 'agent-1'): Machine | undefined => {
    joins.flush();
    return joins.tables.machines.rows.get(uidOf(name));
  };
  const disk = (name: string) => {
    joins.flush();
    return joins.tables.disks.rows.get(uidOf(name));
  };
  const versions = () => Object.values(joins.tables).map((table) => table.version());
  return { joins, machine, disk, versions, touched: () => touched };
}

function record(name: string, uid = `record of ${name}`) {
  const labels = { 'bosh.cloudfoundry.org/agent-id': name.slice('agent-'.length) };
  return { metadata: { name, uid, namespace: 'bosh', creationTimestamp: created, labels } };
}

function service(agent: string, clusterIP: string) {
  const labels = { 'bosh.cloudfoundry.org/agent-id': agent };
  return { metadata: { name: `agent-${agent}-net`, uid: clusterIP, namespace: 'bosh', labels }, spec: { clusterIP } };
}

function node(name: string, ready: boolean, zone = 'z1') {
  return {
    metadata: { name, uid: name, labels: { 'topology.kubernetes.io/zone': zone } },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }] },
  };
}

function warning(about: string, uid: string, reason: string, message: string, count = 1) {
  const kind = about.startsWith('disk') ? 'PersistentVolumeClaim' : 'Pod';
  return {
    metadata: { name: `${about}.1`, uid: `${about}.1`, namespace: 'bosh', creationTimestamp: created },
    involvedObject: { kind, name: about, uid },
    type: 'Warning',
    reason,
    message,
    count,
  };
}

function complete(joins: Joins, ...names: readonly (keyof Joins['sinks'])[]): void {
  for (const name of names) joins.sinks[name].complete();
}

test('a machine is what its pod and the Director tell', (t) => {
  const { joins, machine } = joined(t);
  const told = { deployment: 'cf', job: 'api', index: '3', name: 'api/0af' };
  const annotations = {
    'bosh.cloudfoundry.org/metadata': JSON.stringify(told),
    'bosh.cloudfoundry.org/stemcell': 'registry.test/noble@sha256:1',
  };
  const labels = { 'bosh.cloudfoundry.org/name': 'api-0af-1234567890', 'bosh.cloudfoundry.org/disk-1': '' };
  joins.sinks.pods.change([], [pod({ annotations, labels, claims: ['disk-1'] })]);
  t.deepEqual(machine(), {
    uid: uidOf('agent-1'),
    name: 'agent-1',
    namespace: 'bosh',
    created: Date.parse(created),
    health: 'ok',
    reason: undefined,
    agentId: '1',
    deployment: 'cf',
    instance: 'api/3',
    state: 'Running',
    ready: true,
    restarts: 0,
    promised: undefined,
    address: '10.0.0.1',
    podAddress: '10.0.0.1',
    node: 'node-1',
    zone: undefined,
    stemcell: 'registry.test/noble@sha256:1',
    disks: ['disk-1'],
    labels: { ...told, 'agent-id': '1' },
  });
});

const troubles: readonly (readonly [what: string, pod: ReturnType<typeof pod>, state: string, reason: RegExp])[] = [
  [
    'an image that cannot be pulled',
    pod({ status: waiting('ImagePullBackOff', 'Back-off pulling image "x": not found') }),
    'ImagePullBackOff',
    /^ImagePullBackOff: its image cannot be pulled: Back-off pulling image "x": not found$/,
  ],
  [
    'a container that ends again and again',
    pod({
      status: {
        phase: 'Running',
        containerStatuses: [
          {
            name: 'bosh-job',
            ready: false,
            restartCount: 7,
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s' } },
            lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
          },
        ],
      },
    }),
    'CrashLoopBackOff',
    /ends again and again \(last with exit code 137, OOMKilled\)$/,
  ],
  [
    'a pod that no node takes',
    pod({
      status: {
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available' },
        ],
      },
    }),
    'Pending',
    /^No node takes it \(Unschedulable\): 0\/3 nodes are available$/,
  ],
  [
    'an evicted pod',
    pod({ status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory.' } }),
    'Evicted',
    /^The pod is over \(Evicted\): The node was low on memory\.$/,
  ],
  [
    'a deletion that does not end',
    pod({ deletionTimestamp: '2026-01-01T00:00:30Z' }),
    'Terminating',
    /^Terminating for longer than its grace/,
  ],
  ['an agent that never comes up', pod({ status: running(false) }), 'Running', /has not come up for 10 minutes$/],
];

for (const [what, object, state, reason] of troubles) {
  test(`a problem: ${what}`, (t) => {
    const { joins, machine } = joined(t);
    joins.sinks.pods.change([], [object]);
    t.like(machine(), { state, health: 'problem' });
    t.regex(machine()?.reason ?? '', reason);
  });
}

test('what is merely under way is no problem yet', (t) => {
  const { joins, machine } = joined(t);
  const now = new Date().toISOString();
  const starting = waiting('ContainerCreating');
  const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: now }];
  joins.sinks.pods.change([], [pod({ status: { ...starting, conditions } })]);
  t.like(machine(), { state: 'ContainerCreating', health: 'busy', reason: 'It is being started' });
  joins.sinks.pods.change([], [pod({ deletionTimestamp: now })]);
  t.like(machine(), { state: 'Terminating', health: 'busy' });
});

test('a start that a warning repeats itself about is a problem', (t) => {
  const { joins, machine } = joined(t);
  const now = new Date().toISOString();
  const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: now }];
  joins.sinks.pods.change([], [pod({ status: { ...waiting('ContainerCreating'), conditions } })]);
  joins.sinks.events.change([], [warning('agent-1', uidOf('agent-1'), 'FailedMount', 'no such secret', 2)]);
  t.is(machine()?.health, 'busy');
  joins.sinks.events.change([], [warning('agent-1', uidOf('agent-1'), 'FailedMount', 'no such secret', 5)]);
  t.like(machine(), { health: 'problem', reason: 'FailedMount: no such secret' });
});

test('an address other than the promised one is drift, unless a Service of the machine has that', (t) => {
  const { joins, machine } = joined(t);
  joins.sinks.pods.change([], [pod({ annotations: { 'bosh.cloudfoundry.org/ip-address': '10.96.0.7' } })]);
  t.is(machine()?.health, 'ok', 'nothing is said before Services are known');
  complete(joins, 'services');
  t.like(machine(), {
    health: 'problem',
    address: '10.0.0.1',
    reason: 'It answers on 10.0.0.1, BOSH was promised 10.96.0.7',
  });
  joins.sinks.services.change([], [service('1', '10.96.0.7')]);
  t.like(machine(), { health: 'ok', address: '10.96.0.7', podAddress: '10.0.0.1' });
  t.deepEqual(
    joins.services('bosh', '1').map(({ addresses }) => addresses),
    [['10.96.0.7']],
  );
  joins.sinks.services.change(['10.96.0.7'], []);
  t.is(machine()?.health, 'problem');
});

test('a node gives its machines a zone, and takes them with it when it fails', (t) => {
  const { joins, machine } = joined(t);
  joins.sinks.pods.change([], [pod()]);
  joins.sinks.nodes.change([], [node('node-1', true)]);
  t.like(machine(), { zone: 'z1', health: 'ok' });
  joins.sinks.nodes.change([], [node('node-1', false)]);
  t.like(machine(), { health: 'problem', reason: 'Its node node-1 is not ready' });
});

test('a record without a pod is a machine, too, until its pod is there again', (t) => {
  const { joins, machine } = joined(t);
  joins.sinks.records.change([], [record('agent-1')]);
  joins.flush();
  t.is(joins.tables.machines.rows.size, 0, 'nothing is missed before the pods are known');
  complete(joins, 'pods', 'records');
  joins.flush();
  t.like(joins.tables.machines.rows.get('record of agent-1'), { state: 'No pod', health: 'busy', agentId: '1' });
  joins.sinks.pods.change([], [pod()]);
  t.is(machine()?.health, 'ok');
  t.is(joins.tables.machines.rows.size, 1);
  joins.sinks.pods.change([uidOf('agent-1')], []);
  joins.sinks.records.change(['record of agent-1'], []);
  joins.flush();
  t.is(joins.tables.machines.rows.size, 0);
});

test('a pod without a record is a problem, where records may be read', (t) => {
  const { joins, machine } = joined(t);
  joins.sinks.pods.change([], [pod()]);
  t.is(machine()?.health, 'ok');
  complete(joins, 'records');
  t.regex(machine()?.reason ?? '', /^It has no record/);
});

test('a pod made anew under its name is one machine, whatever the order of the news', (t) => {
  const { joins } = joined(t);
  joins.sinks.pods.change([], [pod({ uid: 'old', claims: ['disk-1'] })]);
  joins.sinks.claims.change([], [claim('disk-1')]);
  joins.flush();
  joins.sinks.pods.change(['old'], [pod({ uid: 'new', claims: ['disk-1'] })]);
  joins.flush();
  t.deepEqual([...joins.tables.machines.rows.keys()], ['new']);
  t.is(joins.tables.disks.rows.get(uidOf('disk-1'))?.machineUid, 'new');
  t.is(joins.tables.stemcells.rows.get('registry.test/stemcell:1')?.machines, 1);
});

test('a disk knows who has it and where, and is an orphan without', (t) => {
  const { joins, disk } = joined(t);
  joins.sinks.claims.change([], [claim('disk-1')]);
  t.like(disk('disk-1'), {
    size: 3 * 2 ** 30,
    capacity: 3 * 2 ** 30,
    phase: 'Bound',
    orphan: true,
    machine: undefined,
    mounted: undefined,
  });
  const told = { 'bosh.cloudfoundry.org/metadata': '{"job":"db","index":"0"}' };
  joins.sinks.pods.change([], [pod({ claims: ['disk-1'], annotations: told })]);
  t.like(disk('disk-1'), {
    orphan: false,
    machine: 'db/0',
    machineUid: uidOf('agent-1'),
    mounted: '/mnt/disk-1',
    node: 'node-1',
  });
  joins.sinks.pods.change([], [pod({ claims: [], annotations: told })]);
  t.true(disk('disk-1')?.orphan);
});

test('a disk’s own troubles', (t) => {
  const { joins, disk } = joined(t);
  const pending = { spec: { storageClassName: 'late' }, status: { phase: 'Pending' } };
  joins.sinks.claims.change(
    [],
    [
      claim('disk-lost', { status: { phase: 'Lost' } }),
      claim('disk-late', pending),
      claim('disk-stuck', pending),
      claim('disk-held', {}, true),
      claim('disk-two'),
    ],
  );
  const late = { metadata: { name: 'late', uid: 'late' }, volumeBindingMode: 'WaitForFirstConsumer' };
  joins.sinks.storageClasses.change([], [late]);
  joins.sinks.events.change([], [warning('disk-stuck', uidOf('disk-stuck'), 'ProvisioningFailed', 'no room left')]);
  joins.sinks.pods.change(
    [],
    [pod({ name: 'agent-1', claims: ['disk-held', 'disk-two'] }), pod({ name: 'agent-2', claims: ['disk-two'] })],
  );
  t.like(disk('disk-lost'), {
    health: 'problem',
    reason: 'Its volume volume of disk-lost is gone: the data on it may be lost',
  });
  t.like(disk('disk-late'), { health: 'ok', phase: 'Pending' }, 'its class waits for the first machine');
  t.like(disk('disk-stuck'), { health: 'problem', reason: 'ProvisioningFailed: no room left' });
  t.like(disk('disk-held'), { health: 'problem', phase: 'Terminating' });
  t.regex(disk('disk-held')?.reason ?? '', /as soon as agent-1 lets go of it/);
  t.like(disk('disk-two'), { health: 'problem', reason: 'Several machines have it: agent-1, agent-2' });
});

test('stemcells are counted with every change', (t) => {
  const { joins } = joined(t);
  const stemcell = () => {
    joins.flush();
    return joins.tables.stemcells.rows.get('registry.test/stemcell:1');
  };
  joins.sinks.pods.change([], [pod({ name: 'agent-1' }), pod({ name: 'agent-2', status: waiting('ErrImagePull') })]);
  t.like(stemcell(), { machines: 2, pullErrors: 1, health: 'problem', name: 'stemcell:1' });
  joins.sinks.pods.change([], [pod({ name: 'agent-2', status: running() })]);
  t.like(stemcell(), { machines: 2, pullErrors: 0, health: 'ok' });
  joins.sinks.pods.change([uidOf('agent-1'), uidOf('agent-2')], []);
  t.is(stemcell(), undefined);
});

test('news that change no row are not published', (t) => {
  const { joins, versions } = joined(t);
  joins.sinks.pods.change([], [pod()]);
  joins.sinks.nodes.change([], [node('node-1', true)]);
  joins.flush();
  const before = versions();
  joins.sinks.pods.change([], [pod()]);
  joins.sinks.nodes.change([], [node('node-1', true)]);
  joins.flush();
  t.deepEqual(versions(), before);
});

test('events of others are left out', (t) => {
  const { joins } = joined(t);
  joins.sinks.events.change(
    [],
    [warning('web-1', 'x', 'Failed', 'not ours'), warning('agent-9', 'y', 'Failed', 'ours')],
  );
  joins.flush();
  t.deepEqual(
    [...joins.tables.events.rows.values()].map(({ about }) => about),
    ['Pod agent-9'],
  );
});

test('what only time turns into a problem is looked at again when it is due, and not before', async (t) => {
  const { joins, machine, touched } = joined(t);
  const almost = new Date(Date.now() - 600_000 + 700).toISOString();
  const status = { ...running(false), conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: almost }] };
  joins.sinks.pods.change([], [pod({ status })]);
  t.is(machine()?.health, 'busy');
  t.is(touched(), 0);
  for (let waited = 0; touched() === 0 && waited < 10_000; waited += 50)
    await new Promise((next) => setTimeout(next, 50));
  t.is(touched(), 1);
  t.like(machine(), { health: 'problem', reason: 'Its container runs, but the agent has not come up for 10 minutes' });
});

function attachment(disk: string, vm: string, status = running()) {
  const labels = { 'bosh.cloudfoundry.org/attached-to': vm };
  return pod({ name: `attachment-${disk}`, labels, claims: [disk], status });
}

test('a disk that comes by an attachment is where its machine is', (t) => {
  const { joins, machine, disk } = joined(t);
  joins.sinks.claims.change([], [claim('disk-1')]);
  joins.sinks.attachments.change([], [attachment('disk-1', 'agent-1')]);
  joins.sinks.pods.change([], [pod()]);
  t.deepEqual(machine()?.disks, ['disk-1']);
  t.like(disk('disk-1'), {
    machine: 'agent-1',
    machineUid: uidOf('agent-1'),
    mounted: '/mnt/disk-1',
    node: 'node-1',
    orphan: false,
    health: 'ok',
  });
  joins.sinks.attachments.change([uidOf('attachment-disk-1')], []);
  t.deepEqual(machine()?.disks, []);
  t.true(disk('disk-1')?.orphan);
});

test('a disk follows its attachment to another machine', (t) => {
  const { joins, machine, disk } = joined(t);
  joins.sinks.claims.change([], [claim('disk-1')]);
  joins.sinks.pods.change([], [pod(), pod({ name: 'agent-2' })]);
  joins.sinks.attachments.change([], [attachment('disk-1', 'agent-1')]);
  t.is(disk('disk-1')?.machine, 'agent-1');
  joins.sinks.attachments.change([uidOf('attachment-disk-1')], [attachment('disk-1', 'agent-2')]);
  t.is(disk('disk-1')?.machine, 'agent-2');
  t.deepEqual(machine('agent-1')?.disks, []);
  t.deepEqual(machine('agent-2')?.disks, ['disk-1']);
});

test('a disk whose machine is being made anew stays its disk', (t) => {
  const { joins, disk } = joined(t);
  joins.sinks.claims.change([], [claim('disk-1')]);
  joins.sinks.pods.change([], [pod()]);
  joins.sinks.attachments.change([], [attachment('disk-1', 'agent-1')]);
  joins.sinks.pods.change([uidOf('agent-1')], []);
  t.like(disk('disk-1'), { machine: 'agent-1', orphan: false });
});

test('an attachment that cannot mount is the trouble of its disk', (t) => {
  const { joins, disk } = joined(t);
  joins.sinks.claims.change([], [claim('disk-1')]);
  joins.sinks.pods.change([], [pod()]);
  joins.sinks.attachments.change([], [attachment('disk-1', 'agent-1', waiting('CrashLoopBackOff'))]);
  t.is(disk('disk-1')?.health, 'problem');
  t.regex(disk('disk-1')?.reason ?? '', /^attachment-disk-1: CrashLoopBackOff/);
});

test('why a disk waits for its volume is told by the attachment that no node takes', (t) => {
  const { joins, disk, machine } = joined(t);
  joins.sinks.claims.change([], [claim('disk-1', { status: { phase: 'Pending' } })]);
  joins.sinks.pods.change([], [pod()]);
  const status = {
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no volumes left' }],
  };
  joins.sinks.attachments.change([], [attachment('disk-1', 'agent-1', status)]);
  for (const row of [disk('disk-1'), machine()]) {
    t.is(row?.health, 'problem');
    t.regex(row?.reason ?? '', /^attachment-disk-1: .*no volumes left/);
  }
});

test('an attachment that has been starting for too long is a problem, and it is said what is missing', (t) => {
  const { joins, disk } = joined(t);
  joins.sinks.claims.change([], [claim('disk-1')]);
  joins.sinks.attachments.change([], [attachment('disk-1', 'agent-1', running(false))]);
  t.is(disk('disk-1')?.health, 'problem');
  t.regex(disk('disk-1')?.reason ?? '', /the disk has not been mounted for 10 minutes/);
});

test('a warning about an attachment is about its disk', (t) => {
  const { joins, disk } = joined(t);
  joins.sinks.claims.change([], [claim('disk-1', { status: { phase: 'Pending' } })]);
  joins.sinks.attachments.change([], [attachment('disk-1', 'agent-1')]);
  const uid = uidOf('attachment-disk-1');
  const event = warning('attachment-disk-1', uid, 'FailedMount', 'timed out');
  joins.sinks.events.change([], [{ ...event, involvedObject: { kind: 'Pod', name: 'attachment-disk-1', uid } }]);
  t.is(disk('disk-1')?.reason, 'FailedMount: timed out');
});
