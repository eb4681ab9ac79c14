import test from 'ava';
import { createWorld, instanceOf, type MachinePlan, podOf, viewOf } from './support/world.ts';

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
