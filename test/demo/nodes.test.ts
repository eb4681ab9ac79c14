import test from 'ava';
import { planNodes } from '../../src/demo/foundation/nodes.ts';
import { deployments, instancesOf, zones } from '../../src/demo/foundation/plan.ts';
import { quantity } from '../../src/sandbox/api/quantity.ts';

test('the nodes of the biggest foundation have room for it, and for machines made anew', (t) => {
  const instances = deployments.flatMap(instancesOf);
  for (const zone of zones) {
    const here = instances.filter((instance) => instance.zone === zone);
    const nodes = planNodes(5_000).filter((node) => node.zone === zone);
    for (const resource of ['cpu', 'memory'] as const) {
      const wanted = here.reduce((total, { group }) => total + (quantity(group[resource]) ?? 0n), 0n) * 84n;
      const there = nodes.reduce((total, { capacity }) => total + (quantity(capacity[resource]) ?? 0n), 0n);
      t.true(there > wanted, `${resource} in ${zone}`);
    }
    t.true(nodes.length * 1_000 > here.length * 84);
  }
  const networks = planNodes(5_000).map(({ podNetwork }) => podNetwork);
  t.is(new Set(networks).size, networks.length);
});
