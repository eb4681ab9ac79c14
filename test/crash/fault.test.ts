import test from 'ava';
import type { Backend } from '../support/backend.ts';
import type { Check, Step } from './lifecycle.ts';
import { runAll } from './pool.ts';
import type { Fault, ProxiedCall, Rule } from './proxy.ts';
import { expectClearError, playSingle, type Single, singles } from './single.ts';
import { full, stages } from './stages.ts';
import { expectSuccess, newReport, playLifecycle, type Report, summarize } from './story.ts';
import { createWorld, type World } from './world.ts';

const faults: Readonly<Record<string, Fault>> = {
  '429': { kind: 'answer', status: 429, retryAfterSeconds: 1 },
  '500': { kind: 'answer', status: 500 },
  '503': { kind: 'answer', status: 503 },
  '409': { kind: 'answer', status: 409 },
  'reset before': { kind: 'reset', when: 'before' },
  'reset after': { kind: 'reset', when: 'after' },
  stall: { kind: 'stall', when: 'before' },
};

for (const { name: platform, start } of stages) {
  test.serial(
    `${platform}: a fault at any request is survived, or said clearly and survived by the same call`,
    async (t) => {
      t.timeout(1_200_000);
      const backend = await start();
      t.teardown(() => backend.stop());
      const report = newReport();
      const counts = await countRequests(backend, report);
      t.deepEqual(report.failures, []);
      const stories = full ? 72 : 20;
      const tasks = Array.from({ length: stories }, (_, index) => async () => {
        const world = await createWorld(backend);
        const pick = picker(counts, index, stories);
        await playLifecycle(world, report, `story ${index}`, (step, check) =>
          disturbAndRepeat(world, report, step, ...pick(step), check),
        );
      });
      // a story sleeps while it is stalled or told to come back later
      await runAll(tasks, 12);
      t.log(summarize(report));
      t.deepEqual(report.failures, []);
    },
  );

  // a hundred calls that each wait out their retries
  const whenFull = full ? test.serial : test.skip;
  whenFull(
    `${platform}: an outage that begins at any request ends in a clear error, and the same call succeeds after it`,
    async (t) => {
      t.timeout(1_200_000);
      const backend = await start();
      t.teardown(() => backend.stop());
      const report = newReport();
      const outages: readonly Fault[] = [
        { kind: 'answer', status: 503 },
        { kind: 'reset', when: 'after' },
      ];
      const tasks = singles.flatMap((name) =>
        Array.from({ length: requests[name] }, (_, index) => () => {
          return outage(backend, report, name, outages[index % 2] as Fault, index + 1);
        }),
      );
      await runAll(tasks, 12);
      t.log(summarize(report));
      t.deepEqual(report.failures, []);
    },
  );
}

/** Requests of a call, about; a fault beyond the last one does nothing. */
const requests: Readonly<Record<Single, number>> = {
  'create_vm (everything)': 13,
  'create_vm (plain)': 6,
  'create_vm (in the place of another)': 22,
  set_vm_metadata: 3,
  attach_disk: 23,
  detach_disk: 21,
  reboot_vm: 6,
  'delete_vm (everything)': 17,
};

/** Plays the lifecycle undisturbed. @returns the number of requests of each step, in their order */
async function countRequests(backend: Backend, report: Report): Promise<readonly number[]> {
  const world = await createWorld(backend);
  const counts: number[] = [];
  await playLifecycle(world, report, 'undisturbed', async ({ method, args }, check) => {
    const result = expectSuccess(await world.call(method, args), check);
    counts.push(world.proxy.calls().length);
    return result;
  });
  return counts;
}

/**
 * Deals the pairs of request and fault out to the stories, so that a few dozen of them meet every pair of the short calls and as many of the long ones as there
 * are stories. Steps of one method share their pairs.
 */
function picker(counts: readonly number[], story: number, stories: number) {
  let ordinal = 0;
  const seen = new Map<string, number>();
  const names = Object.keys(faults);
  return ({ method }: Step): [fault: string, number: number] => {
    const count = counts[ordinal++] ?? 1;
    const earlier = seen.get(method) ?? 0;
    seen.set(method, earlier + 1);
    const index = story + earlier * stories;
    const round = Math.floor(index / count);
    return [names[((index % count) + round) % names.length] ?? '', (index % count) + 1];
  };
}

/** A conflict is an answer to a write alone. */
function rule(fault: Fault, hits: (call: ProxiedCall) => boolean, onHit: () => void): Rule {
  return (call) => {
    if (!hits(call) || (fault.kind === 'answer' && fault.status === 409 && call.method === 'GET')) return undefined;
    onHit();
    return fault;
  };
}

async function disturbAndRepeat(
  world: World,
  report: Report,
  { name, method, args }: Step,
  faultName: string,
  number: number,
  check: Check,
): Promise<unknown> {
  let hit = false;
  const fault = faults[faultName] as Fault;
  const onHit = () => {
    hit = true;
  };
  const run = await world.call(
    method,
    args,
    rule(fault, (call) => call.number === number, onHit),
  );
  if (!hit) return expectSuccess(run, check);
  report.cells.set(name, (report.cells.get(name) ?? 0) + 1);
  if (run.response?.error === null) return run.response.result;
  const asked = world.proxy.calls()[number - 1];
  report.refused.set(
    `${name}, ${faultName} at ${asked?.method} ${asked?.path.slice(0, 100)}`,
    expectClearError(run, check),
  );
  return expectSuccess(await world.call(method, args), check);
}

async function outage(backend: Backend, report: Report, name: Single, fault: Fault, from: number): Promise<void> {
  const what = fault.kind === 'answer' ? String(fault.status) : fault.kind;
  await playSingle(backend, report, name, `with an outage (${what}) from request ${from} on`, {}, async (scene) => {
    const { world, method, args, vm, check } = scene;
    let hit = false;
    const onHit = () => {
      hit = true;
    };
    const run = await world.call(
      method,
      args,
      rule(fault, (call) => call.number >= from, onHit),
    );
    if (!hit) {
      expectSuccess(run, check);
      return;
    }
    report.cells.set(`${name}, ${what}`, (report.cells.get(`${name}, ${what}`) ?? 0) + 1);
    if (run.response?.error !== null) expectClearError(run, check);
    if (['attach_disk', 'detach_disk', 'reboot_vm', 'set_vm_metadata'].includes(method)) {
      check((await world.result('has_vm', [vm])) === true, `VM ${vm} is lost`);
    }
    const again = await world.call(method, args);
    // the outage began after the last thing a detach had to do
    if (method === 'detach_disk' && again.response?.error?.type === 'Bosh::Clouds::DiskNotAttached') return;
    expectSuccess(again, check);
  });
}
