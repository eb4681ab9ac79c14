import test from 'ava';
import fc from 'fast-check';
import { type Fault, faults, nearMisses, type Told } from './support/faults.ts';
import { createWorld, instanceOf, type MachinePlan, viewOf } from './support/world.ts';

const kinds = { ...faults, ...nearMisses };

interface Chosen {
  readonly plan: MachinePlan;
  /** Undefined: nothing is wrong with this one. */
  readonly kind: string | undefined;
}

/** Machines, each with at most one fault that it can have. */
function chosenFrom(names: readonly string[]): fc.Arbitrary<readonly Chosen[]> {
  const machine = fc.record({
    group: fc.constantFrom('api', 'db', 'router'),
    deployment: fc.constantFrom('cf', 'redis'),
    isManual: fc.boolean(),
    disks: fc.nat({ max: 2 }),
    kind: fc.option(fc.constantFrom(...names), { nil: undefined }),
  });
  return fc.array(machine, { minLength: 1, maxLength: 12 }).map((machines) =>
    machines.map(({ group, deployment, isManual, disks, kind }, index) => {
      const needs = kind === undefined ? undefined : kinds[kind]?.needs;
      const hasService = needs === 'service' || (isManual && needs !== 'dynamic');
      const agent = `a${index}`;
      const plan = {
        agent,
        group,
        index,
        deployment,
        address: `10.1.0.${index}`,
        ...(hasService && { promised: `10.96.0.${index}` }),
        disks: Array.from({ length: Math.max(disks, needs === 'disk' ? 1 : 0) }, (_, at) => `disk-${agent}-${at}`),
      };
      return { plan, kind };
    }),
  );
}

/** @returns what is found after a while, and what should be */
function compared(chosen: readonly Chosen[]): { found: readonly string[]; wanted: readonly string[] } {
  const world = createWorld();
  const told: Told = { instances: new Map(), fields: {} };
  for (const { plan } of chosen) {
    world.make(plan);
    told.instances.set(plan.agent, instanceOf(plan, world.now()));
  }
  // a Director whose every VM is gone is taken for one that is elsewhere
  const witness: MachinePlan = { agent: 'w', group: 'witness', index: 0, deployment: 'w', address: '10.2.0.1' };
  world.make(witness);
  told.instances.set(witness.agent, instanceOf(witness, world.now()));
  const wanted = chosen.flatMap(({ plan, kind }) => {
    const fault: Fault | undefined = kind === undefined ? undefined : kinds[kind];
    return fault?.inject(world, told, plan) ?? [];
  });
  world.say(viewOf([...told.instances.values()], told.fields));
  const found = world.after(60_000);
  return { found: found.toSorted(), wanted: wanted.toSorted() };
}

test('every fault is found and nothing else', (t) => {
  fc.assert(
    fc.property(chosenFrom(Object.keys(kinds)), (chosen) => {
      const { found, wanted } = compared(chosen);
      t.deepEqual(found, wanted);
    }),
    { numRuns: 150 },
  );
});

for (const name of Object.keys(faults)) {
  test(`found: ${name}`, (t) => {
    fc.assert(
      fc.property(chosenFrom([name]), (chosen) => {
        const { found, wanted } = compared(chosen);
        t.deepEqual(found, wanted);
      }),
      { numRuns: 5 },
    );
  });
}

for (const name of Object.keys(nearMisses)) {
  test(`no finding: ${name}`, (t) => {
    fc.assert(
      fc.property(chosenFrom([name]), (chosen) => {
        const { found, wanted } = compared(chosen);
        t.deepEqual(found, wanted);
      }),
      { numRuns: 5 },
    );
  });
}
