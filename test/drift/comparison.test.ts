import test from 'ava';
import {
  attachmentOf,
  createWorld,
  instanceOf,
  type MachinePlan,
  old,
  podOf,
  recordOf,
  scanOf,
  serviceOf,
  viewOf,
} from './support/world.ts';

const api: MachinePlan = { agent: 'a', group: 'api', index: 0, deployment: 'cf', address: '10.1.0.1' };
const db: MachinePlan = {
  agent: 'd',
  group: 'db',
  index: 0,
  deployment: 'cf',
  address: '10.1.0.2',
  promised: '10.96.0.7',
  disks: ['disk-1'],
};

function consistent() {
  const world = createWorld();
  const say = (fields = {}) =>
    world.say(
      viewOf(
        [api, db].map((plan) => instanceOf(plan, world.now())),
        fields,
      ),
    );
  for (const plan of [api, db]) world.make(plan);
  say();
  return { world, say };
}

test('where both sides agree nothing is found', (t) => {
  const { world } = consistent();
  t.deepEqual(world.after(600_000), []);
  t.is(world.comparison.due(), undefined, 'and nothing ticks');
});

test('a pod made again behind BOSH is told at once', (t) => {
  const { world } = consistent();
  t.deepEqual(world.after(60_000), []);
  world.joins.sinks.pods.change(['pod agent-a'], []);
  world.look();
  world.joins.sinks.pods.change([], [podOf(api, { uid: 'another', address: '10.1.0.99', created: world.now() })]);
  world.look();
  t.deepEqual(world.found(), ['ip-differs agent-a']);
  const [finding] = world.comparison.findings();
  t.like(finding, { id: 'ip-differs:bosh/agent-a', severity: 'high', expected: '10.1.0.1', actual: '10.1.0.99' });
  t.deepEqual(finding?.repairs, ['recreate-instance']);
  t.is(finding?.since, world.now());
});

test('a pod that the CPI makes again is not told while the Director may still tell of its task', (t) => {
  const { world, say } = consistent();
  world.after(60_000);
  world.joins.sinks.pods.change(['pod agent-a'], []);
  world.look();
  const again = { uid: 'another', address: '10.1.0.99', created: world.now(), generation: '2' };
  world.joins.sinks.pods.change([], [podOf(api, again)]);
  t.deepEqual(world.after(2000), []);
  t.is(typeof world.comparison.watching(), 'number', 'it is watched');
  const task = { id: 7, state: 'processing', description: 'create deployment', deployment: 'cf' };
  say({ tasks: [{ ...task, user: 'admin', started: undefined }] });
  t.deepEqual(world.after(600_000), [], 'as long as the task runs');
  world.say(viewOf([instanceOf({ ...api, address: '10.1.0.99' }, world.now()), instanceOf(db, world.now())]));
  t.deepEqual(world.after(600_000), []);
});

test('what a deployment is busy with is not told, and what was told before stays while it is so', (t) => {
  const { world, say } = consistent();
  const locked = { locks: [{ type: 'deployment', resource: ['cf'], task: '7' }] };
  say(locked);
  world.joins.sinks.pods.change([], [podOf(api, { address: '10.1.0.99' })]);
  t.deepEqual(world.after(600_000), []);
  say();
  t.deepEqual(world.after(1000), [], 'what the Director says may be from before the end');
  t.deepEqual(world.after(10_000), ['ip-differs agent-a']);
  const [told] = world.comparison.findings();
  say(locked);
  world.joins.sinks.services.change(['service of d'], []);
  t.deepEqual(world.after(60_000), ['ip-differs agent-a']);
  t.is(world.comparison.findings()[0], told, 'the same object');
  say();
  world.joins.sinks.pods.change([], [podOf(api)]);
  t.deepEqual(world.after(60_000), ['ip-differs agent-d']);
});

test('a lock of another deployment and a scan hide nothing', (t) => {
  const { world, say } = consistent();
  const scan = { id: 8, state: 'processing', description: 'retrieve vm-stats', deployment: 'cf' };
  say({
    locks: [{ type: 'deployment', resource: ['redis'], task: '7' }],
    tasks: [{ ...scan, user: 'admin', started: undefined }],
  });
  world.joins.sinks.pods.change([], [podOf(api, { address: '10.1.0.99' })]);
  world.look();
  t.deepEqual(world.found(), ['ip-differs agent-a']);
});

test('what passes within seconds is never told', (t) => {
  const { world } = consistent();
  world.look();
  world.joins.sinks.records.change(['record agent-a'], []);
  t.deepEqual(world.after(3000), []);
  world.joins.sinks.records.change([], [recordOf('a')]);
  t.deepEqual(world.after(60_000), []);
});

test('a finding keeps since when it is so, and begins anew when it was gone', (t) => {
  const { world } = consistent();
  world.look();
  const began = world.now();
  world.joins.sinks.records.change(['record agent-a'], []);
  t.deepEqual(world.after(60_000), ['record-missing agent-a']);
  t.is(world.comparison.findings()[0]?.since, began);
  world.joins.sinks.records.change([], [recordOf('a')]);
  t.deepEqual(world.after(60_000), []);
  world.joins.sinks.records.change(['record agent-a'], []);
  world.after(60_000);
  t.true((world.comparison.findings()[0]?.since ?? 0) > began);
});

test('while the cluster is not heard nothing new is told and nothing is taken back', (t) => {
  const { world } = consistent();
  world.joins.sinks.pods.change([], [podOf(api, { address: '10.1.0.99' })]);
  t.deepEqual(world.after(1000), ['ip-differs agent-a']);
  world.setFreshness({ state: 'stale', since: world.now(), reason: 'connection lost' });
  world.joins.sinks.pods.change(['pod agent-a', 'pod agent-d'], []);
  t.deepEqual(world.after(600_000), ['ip-differs agent-a']);
  t.regex(world.comparison.notes().join('\n'), /Kubernetes is not up to date \(connection lost\)/);
  world.setFreshness({ state: 'live', since: world.now() });
  t.deepEqual(world.after(600_000), ['record-without-pod agent-a', 'record-without-pod agent-d']);
  t.is(world.comparison.findings()[0]?.repairs[0], 'resolve-problem', 'only BOSH brings the jobs back');
});

test('while the Director is not heard what concerns it stays as it was, and the cluster is still looked at', (t) => {
  const { world, say } = consistent();
  world.joins.sinks.pods.change([], [podOf(api, { address: '10.1.0.99' })]);
  t.deepEqual(world.after(1000), ['ip-differs agent-a']);
  say({ freshness: { state: 'stale', since: world.now(), reason: 'connection lost' }, instances: [] });
  world.joins.sinks.services.change([], [serviceOf('d', '10.96.0.7', { app: 'other' })]);
  t.deepEqual(world.after(600_000), ['ip-differs agent-a', 'service-selector agent-d-net']);
  t.regex(world.comparison.notes().join('\n'), /What the Director says is not up to date/);
});

test('a Director that is only being read accuses nobody', (t) => {
  const { world } = consistent();
  world.say(viewOf([], { freshness: { state: 'syncing', read: 0, about: 2 } }));
  t.deepEqual(world.after(600_000), []);
});

test('without a Director records and annotations are compared, and what is not known is said', (t) => {
  const { world } = consistent();
  world.say(undefined);
  world.joins.sinks.services.change(['service of d'], []);
  world.joins.sinks.pods.change(['pod agent-a'], []);
  t.deepEqual(world.after(600_000), ['ip-differs agent-d', 'record-without-pod agent-a']);
  const [ip, record] = world.comparison.findings();
  t.deepEqual(ip?.repairs, [], 'nobody can recreate an instance');
  t.deepEqual(ip?.sides.find(({ source }) => source === 'Director record')?.note, 'not known without a Director');
  t.deepEqual(record?.repairs, ['finish-vm']);
  t.regex(world.comparison.notes().join('\n'), /^No Director: whether BOSH knows a machine or disk/);
});

test('a user who does not see all of the Director does not make machines unknown', (t) => {
  const { world, say } = consistent();
  say({ orphanDisks: undefined, orphanVms: undefined, locks: undefined });
  const other: MachinePlan = { ...api, agent: 'o', deployment: 'of another team', disks: ['disk-o'] };
  world.make(other);
  t.deepEqual(world.after(3_600_000), []);
  const ours: MachinePlan = { ...api, agent: 'p' };
  world.make(ours);
  t.deepEqual(world.after(3_600_000), ['pod-without-vm agent-p'], 'of a deployment it does see');
  t.regex(world.comparison.notes().join('\n'), /admin may not see all of the Director/);
});

test('a Director of whose machines none is here is elsewhere, and that is said once', (t) => {
  const world = createWorld();
  world.say(viewOf([api, db].map((plan) => instanceOf(plan, world.now()))));
  t.deepEqual(world.after(600_000), []);
  t.regex(world.comparison.notes().join('\n'), /Nothing of lab is here: is this its cluster and namespace\?/);
  world.make(api);
  t.deepEqual(world.after(600_000), ['vm-without-pod agent-d', 'disk-missing disk-1']);
});

test('a scan from before the last task is not believed', (t) => {
  const { world, say } = consistent();
  const scanned = world.now();
  const silent = instanceOf(api, scanned, { scan: scanOf(scanned, [], { jobState: 'unresponsive agent' }) });
  world.after(60_000);
  say({ locks: [{ type: 'deployment', resource: ['cf'], task: '7' }] });
  world.after(60_000);
  world.say(viewOf([silent, instanceOf(db, scanned)]));
  t.deepEqual(world.after(600_000), []);
  t.regex(world.comparison.notes().join('\n'), /Something was changed since agents were asked/);
  const now = world.now();
  world.say(viewOf([{ ...silent, scan: scanOf(now, [], { jobState: 'unresponsive agent' }) }, instanceOf(db, now)]));
  t.deepEqual(world.after(1000), ['agent-unresponsive agent-a']);
});

test('before agents were asked nobody is said to lack a disk or to have one too many', (t) => {
  const { world } = consistent();
  world.say(viewOf([instanceOf(api, 0, { scan: undefined }), instanceOf(db, world.now())]));
  world.make({ ...api, agent: 'o', deployment: 'cf', disks: ['disk-o'] });
  t.deepEqual(world.after(3_600_000), ['pod-without-vm agent-o']);
  t.regex(world.comparison.notes().join('\n'), /Agents of cf were not asked/);
});

test('a disk that an operator set aside is no unknown claim', (t) => {
  const { world } = consistent();
  world.joins.sinks.claims.change(
    [],
    [
      {
        metadata: {
          name: 'disk-2',
          uid: 'disk-2',
          namespace: 'bosh',
          creationTimestamp: new Date(old).toISOString(),
          labels: { 'bosh.cloudfoundry.org/disk-id': '2', 'bosh.cloudfoundry.org/orphaned': 'true' },
        },
        status: { phase: 'Bound' },
      },
    ],
  );
  t.deepEqual(world.after(3_600_000), []);
});

test('what is left of a machine that is gone is told', (t) => {
  const { world } = consistent();
  world.joins.sinks.services.change([], [serviceOf('x', '10.96.0.99')]);
  world.joins.sinks.attachments.change([], [attachmentOf('disk-9', 'y')]);
  world.joins.sinks.records.change([], [recordOf('z')]);
  t.deepEqual(world.after(600_000), [
    'disk-missing disk-9',
    'service-without-endpoint agent-x-net',
    'orphaned-attachment attachment-disk-9',
    'record-without-pod agent-z',
  ]);
});

test("the record of another Director's machine is not told when its pod goes", (t) => {
  const { world } = consistent();
  const other: MachinePlan = { ...api, agent: 'o' };
  world.make(other, { told: { director: 'another', deployment: 'cf' } });
  t.deepEqual(world.after(600_000), []);
  world.joins.sinks.pods.change(['pod agent-o'], []);
  t.deepEqual(world.after(600_000), []);
});

test('an address is the same in every form of IPv6', (t) => {
  const world = createWorld();
  const plan: MachinePlan = { ...db, promised: 'fd00:96::7' };
  world.make(plan);
  world.say(viewOf([instanceOf(plan, world.now(), { ips: ['fd00:0096:0000:0000:0000:0000:0000:0007'] })]));
  t.deepEqual(world.after(60_000), []);
});

test('a Service of both families has both addresses', (t) => {
  const world = createWorld();
  const plan: MachinePlan = { ...db, promised: '10.96.0.7,fd00:96::7', disks: [] };
  world.make(plan);
  const { metadata, spec } = serviceOf('d', '10.96.0.7');
  const both = { metadata, spec: { ...spec, clusterIPs: ['10.96.0.7', 'fd00:96::7'] } };
  world.joins.sinks.services.change([], [both] as Parameters<typeof world.joins.sinks.services.change>[1]);
  world.say(viewOf([instanceOf(plan, world.now(), { ips: ['10.96.0.7', 'fd00:96::7'] })]));
  t.deepEqual(world.after(60_000), []);
});

test('a vip beside a dynamic address is no drift', (t) => {
  const world = createWorld();
  world.make(api);
  world.say(viewOf([instanceOf(api, world.now(), { ips: ['203.0.113.7', '10.1.0.1'] })]));
  t.deepEqual(world.after(60_000), []);
});

test('findings are in one order whatever the order of events', (t) => {
  const orders = [false, true].map((isReversed) => {
    const { world } = consistent();
    const plans = [1, 2, 10].map((index) => ({ ...api, agent: `m${index}`, index }));
    for (const plan of isReversed ? plans.toReversed() : plans) world.make(plan);
    return world.after(600_000);
  });
  t.deepEqual(orders[0], orders[1]);
  t.deepEqual(orders[0], ['pod-without-vm agent-m1', 'pod-without-vm agent-m2', 'pod-without-vm agent-m10']);
});

test('an orphaned VM is told once the Director had an hour to delete it', (t) => {
  const { world } = consistent();
  const other: MachinePlan = { ...api, agent: 'o' };
  world.make(other);
  const orphaned = world.now();
  const orphan = { cid: 'agent-o', deployment: 'cf', instance: 'api/id-o', ips: [], orphaned };
  world.say(
    viewOf(
      [api, db].map((plan) => instanceOf(plan, world.now())),
      { orphanVms: [orphan] },
    ),
  );
  t.deepEqual(world.after(3_500_000), []);
  t.is(world.comparison.watching(), undefined, 'nobody waits for that');
  t.deepEqual(world.after(200_000), ['orphaned-vm-stays agent-o']);
});

test('an annotation that names another address than the Director is corrected where the machine has the right one', (t) => {
  const { world } = consistent();
  world.joins.sinks.pods.change([], [podOf({ ...db, promised: '10.96.0.8' })]);
  world.joins.sinks.services.change(
    [],
    [
      serviceOf('d', '10.96.0.8'),
      { ...serviceOf('d', '10.96.0.7'), metadata: { ...serviceOf('d', '').metadata, uid: 'right' } },
    ],
  );
  t.deepEqual(world.after(60_000), ['ip-differs agent-d']);
  const [finding] = world.comparison.findings();
  t.like(finding, { expected: '10.96.0.7', actual: '10.96.0.8' });
  t.deepEqual(finding?.repairs, ['correct-address']);
});

test('a Service that hides its machine until Ready is told while that is not Ready', (t) => {
  const { world } = consistent();
  const service = serviceOf('d', '10.96.0.7');
  world.joins.sinks.services.change([], [{ ...service, spec: { ...service.spec, publishNotReadyAddresses: false } }]);
  t.deepEqual(world.after(60_000), [], 'nobody notices while it is Ready');
  const pod = podOf(db);
  const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: new Date(world.now()).toISOString() }];
  world.joins.sinks.pods.change([], [{ ...pod, status: { ...pod.status, conditions } } as typeof pod]);
  t.deepEqual(world.after(60_000), ['service-without-endpoint agent-d-net']);
});

test('an attachment that does not mount is told, but not beside a machine that waits for the same', (t) => {
  const { world } = consistent();
  const attachment = attachmentOf('disk-1', 'd');
  const waiting = podOf(db, { state: 'unpullable' }).status;
  world.joins.sinks.attachments.change([], [{ ...attachment, ...(waiting && { status: waiting }) }]);
  t.deepEqual(world.after(60_000), ['attachment-stuck attachment-disk-1']);
  world.joins.sinks.pods.change([], [podOf(db, { state: 'unpullable' })]);
  t.deepEqual(world.after(60_000), ['pod-stuck agent-d']);
});

test('Services that may not be read cost what they tell, and no false word about addresses', (t) => {
  const world = createWorld(['pods', 'attachments', 'claims', 'records', 'volumes']);
  world.make(db);
  world.joins.sinks.services.change(['service of d'], []);
  world.say(viewOf([instanceOf(db, world.now())]));
  t.deepEqual(world.after(600_000), []);
});
