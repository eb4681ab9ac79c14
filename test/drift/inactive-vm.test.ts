import test from 'ava';
import { createWorld, instanceOf, type MachinePlan, viewOf } from './support/world.ts';

const api: MachinePlan = { agent: 'a', group: 'api', index: 0, deployment: 'cf', address: '10.1.0.1' };

test('a VM that an instance has beside its own is no unknown pod, until the Director forgets it', (t) => {
  const world = createWorld();
  world.make(api);
  world.make({ ...api, agent: 'made-ahead', address: '10.1.0.2' });
  const inactiveVms = [{ cid: 'agent-made-ahead', deployment: 'cf', instance: 'api/a' }];
  world.say(viewOf([instanceOf(api, world.now())], { inactiveVms }));
  t.deepEqual(world.after(3_600_000), []);
  world.say(viewOf([instanceOf(api, world.now())]));
  t.deepEqual(world.after(3_600_000), ['pod-without-vm agent-made-ahead']);
});
