import test, { type ExecutionContext } from 'ava';
import { debugLog } from './cli.ts';
import type { Wish } from './fixtures.ts';
import { machines } from './machines.ts';
import { missingForDirector } from './missing.ts';
import { firstAnswers, lostRequests } from './task-log.ts';
import { claims, instances } from './view.ts';
import { openWorld, type World } from './world.ts';

const missing = missingForDirector();
/** There once the first step runs. */
export let world: World;
/** What is deployed, or to be. */
export let wish: Wish = { stores: 2, disk: 'small', stemcell: '1' };

export const say = (text: string) => console.log(`    ${text}`);
export const seconds = (value: number) => `${value.toFixed(1)} s`;

if (missing.length > 0) test.skip(`machines of a Director: ${missing.join('; ')}`, () => undefined);
else {
  test.before('a Director and stemcells', async (t) => {
    t.timeout(1_800_000);
    world = await openWorld();
  });
  test.after.always('leave nothing behind', async (t) => {
    t.timeout(900_000);
    await world?.close();
  });
}

/** A test that says how long it took; none where something is missing. */
export function step(title: string, run: (t: ExecutionContext) => Promise<void>): void {
  if (missing.length > 0) return;
  test.serial(title, async (t) => {
    t.timeout(1_800_000);
    const started = performance.now();
    let result = 'failed';
    try {
      await run(t);
      result = 'ok';
    } finally {
      console.log(`${result}: ${title} (${seconds((performance.now() - started) / 1000)})`);
    }
  });
}

/** Deploys what is wished from now on. */
export async function deploy(change: Partial<Wish>) {
  wish = { ...wish, ...change };
  return await world.deploy(wish);
}

/** Acts, and holds that of the machines there were only those of these instances were made anew, restarted or got another address. */
export async function touchingOnly<T>(
  t: ExecutionContext,
  touched: readonly { vm: string }[],
  act: () => Promise<T>,
): Promise<T> {
  const isOther = ({ name }: { name: string }) => !touched.some(({ vm }) => vm === name);
  const before = (await machines(world.cluster)).filter(isOther);
  const result = await act();
  const after = await machines(world.cluster);
  const alive = ({ name, uid, restarts, ip }: (typeof after)[number]) => ({ name, uid, restarts, ip });
  const names = before.map(({ name }) => name);
  t.deepEqual(
    after.filter(({ name }) => names.includes(name)).map(alive),
    before.map(alive),
    'another machine was touched',
  );
  return result;
}

/** All instances run their jobs, and Kubernetes has a Ready pod for each and no other, and the claims of their disks. */
export async function allRun(t: ExecutionContext): Promise<void> {
  const all = await instances(world.cluster);
  t.deepEqual([...new Set(all.map(({ state }) => state))], ['running']);
  t.is(all.length, wish.stores + 2);
  const present = await machines(world.cluster);
  t.deepEqual(
    present.map(({ name }) => name),
    all.map(({ vm }) => vm).sort(),
  );
  t.true(present.every(({ isReady }) => isReady));
  const made = await claims(world.cluster);
  for (const { name, claims: disks } of all) {
    t.is(disks.length, name.startsWith('store/') ? 1 : 0, name);
    t.true(disks.every((disk) => disk in made));
  }
}

/** Prints how soon the agents of a task's new machines answered, and how many messages of the Director were lost. */
export async function sayAnswers(task: string): Promise<void> {
  const log = await debugLog(task);
  const waits = [...firstAnswers(log)].map(([agent, at]) => (at - (world.starts.runs.get(agent) ?? Number.NaN)) / 1000);
  const lost = lostRequests(log).length;
  say(`agents answered ${waits.map(seconds).join(', ')} after their pods ran; ${lost} met the Director's wait of 45 s`);
}
