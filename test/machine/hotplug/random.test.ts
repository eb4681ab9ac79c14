import test from 'ava';
import type { Flavour } from '../../stemcell/build.ts';
import { missingForMachines } from '../node.ts';
import { createFleet } from './fleet.ts';
import { after, emptyModel, nextOperation, type Operation, randomOf } from './model.ts';
import { openSite } from './site.ts';

// Anything in any order: after each of many random operations the machines, the node and the CPI say what a model says.
const missing = missingForMachines();
const flavour = (process.env.STEMCELL_FLAVOURS ?? 'runit').split(',')[0] as Flavour;
const run = missing.length === 0 ? test.serial : test.serial.skip;

const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
const wanted = Number(process.env.TEST_OPERATIONS ?? 40);
/** Without a number of operations asked for the run ends after this, in milliseconds: slow machines do less. */
const enoughMs = process.env.TEST_OPERATIONS === undefined ? 40_000 : Number.POSITIVE_INFINITY;

/** Machines whose pod or container an operation replaces. */
function concerned(operation: Operation, machines: number): readonly number[] {
  if (operation.kind === 'reboot node') return Array.from({ length: machines }, (_, index) => index);
  return ['kill', 'restart', 'recreate', 'lose pod'].includes(operation.kind) ? [operation.machine] : [];
}

run('three machines and four disks come through random operations', async (t) => {
  t.timeout(1_800_000);
  console.log(`hotplug: TEST_SEED=${seed}`);
  const site = await openSite(flavour);
  try {
    const fleet = await createFleet(site, 3, 4);
    const random = randomOf(seed);
    const done: string[] = [];
    let model = emptyModel(3, 4);
    let lives = await fleet.lives();
    const until = Date.now() + enoughMs;
    while (done.length < wanted && Date.now() < until) {
      const operation = nextOperation(model, random);
      const line = `line-${done.length}`;
      done.push(JSON.stringify(operation));
      const history = `TEST_SEED=${seed}, after ${done.length}: ${done.slice(-8).join(' ')}`;
      try {
        await fleet.play(model, operation, line);
      } catch (error) {
        throw new Error(`${history}: ${(error as Error).message}`, { cause: error });
      }
      model = after(model, operation, line);
      t.deepEqual(await fleet.look(model), fleet.expected(model), history);
      const now = await fleet.lives();
      const untouched = now.map((_, index) => index).filter((index) => !concerned(operation, 3).includes(index));
      t.deepEqual(
        untouched.map((index) => now[index]),
        untouched.map((index) => lives[index]),
        history,
      );
      lives = now;
    }
    t.log(`${done.length} operations, seed ${seed}`);
    t.deepEqual(
      await fleet.end(),
      model.lines.map((lines) => lines.join('\n')),
    );
    t.deepEqual([await site.leftovers(), await site.objects()], [[], []]);
  } finally {
    await site.close();
  }
});
