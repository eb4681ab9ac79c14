import test from 'ava';
import { type Backend, startBackend } from './backend.ts';
import type { Check, Step } from './lifecycle.ts';
import { runAll } from './pool.ts';
import type { Fault, ProxiedCall, Rule } from './proxy.ts';
import { expectClearError, playSingle, type Single, singles } from './single.ts';
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

const kinds: readonly Backend['kind'][] =
  process.env.TEST_KUBECONFIG === undefined ? ['sandbox'] : ['sandbox', 'cluster'];

for (const kind of kinds) {
  test.serial(
    `${kind}: a fault at any request is survived, or said clearly and survived by the same call`,
    async (t) => {
      t.timeout(1_200_000);
      const backend = await startBackend(kind);
      t.teardown(() => backend.stop());
      const report = newReport();
      const most = await countCalls(backend, report);
      t.deepEqual(report.failures, []);
      const story = (name: string, number: number) => async () => {
        const world = await createWorld(backend);
        await playLifecycle(world, report, `${name} at request ${number}`, (step, check) =>
          disturbAndRepeat(world, report, step, name, number, check),
        );
      };
      const chosen = kind === 'sandbox' ? Object.keys(faults) : ['500', '409', 'reset after'];
      const numbers = Array.from({ length: most }, (_, index) => index + 1);
      const quick = chosen
        .filter((name) => name !== 'stall')
        .flatMap((name) => numbers.map((each) => story(name, each)));
      const stalled = chosen.includes('stall') ? numbers.map((each) => story('stall', each)) : [];
      // a stalled story sleeps: all of them run beside the others
      await Promise.all([runAll(stalled, stalled.length), runAll(quick, 6)]);
      t.log(summarize(report));
      t.deepEqual(report.failures, []);
    },
  );

  test.serial(
    `${kind}: an outage that begins at any request ends in a clear error, and the same call succeeds after it`,
    async (t) => {
      t.timeout(1_200_000);
      const backend = await startBackend(kind);
      t.teardown(() => backend.stop());
      const report = newReport();
      const outages: readonly Fault[] =
        kind === 'sandbox'
          ? [
              { kind: 'answer', status: 503 },
              { kind: 'reset', when: 'after' },
            ]
          : [{ kind: 'answer', status: 503 }];
      const tasks = singles.flatMap((name) =>
        outages.flatMap((fault) =>
          Array.from({ length: requests[name] }, (_, index) => () => outage(backend, report, name, fault, index + 1)),
        ),
      );
      await runAll(tasks, 30);
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

/** Plays the lifecycle undisturbed. @returns the largest number of requests of one call */
async function countCalls(backend: Backend, report: Report): Promise<number> {
  const world = await createWorld(backend);
  let most = 0;
  await playLifecycle(world, report, 'undisturbed', async ({ method, args }, check) => {
    const result = expectSuccess(await world.call(method, args), check);
    most = Math.max(most, world.proxy.calls().length);
    return result;
  });
  return most;
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
  await playSingle(backend, report, name, `with an outage (${what}) from request ${from} on`, async (scene) => {
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
