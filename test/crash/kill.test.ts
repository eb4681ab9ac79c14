import test from 'ava';
import type { AttachStrategyName } from '../../src/bosh/session.ts';
import type { Backend } from '../support/backend.ts';
import { pathIn } from '../support/objects.ts';
import type { Check, Step } from './lifecycle.ts';
import { runAll } from './pool.ts';
import type { ProxiedCall, Rule } from './proxy.ts';
import { playSingle, type Single, singles } from './single.ts';
import { full, stages } from './stages.ts';
import { expectSuccess, newReport, playLifecycle, type Report, summarize } from './story.ts';
import { createWorld, type World } from './world.ts';

type When = 'before' | 'after' | 'answered';

/** When a write kills its caller: before it reaches the API server, after it did, or after its answer came back. What is done by then is what counts. */
const whens: readonly When[] = full ? ['before', 'after', 'answered'] : ['after'];

/** Calls that change a machine which must live through them. */
const onMachine: ReadonlySet<string> = new Set(['set_vm_metadata', 'attach_disk', 'detach_disk', 'reboot_vm']);

/** Ways for disks to come to machines, and the calls that are killed under each: what does not depend on the way is killed under one. */
const ways: readonly { attach: AttachStrategyName; kills: (method: string) => boolean; kinds: number }[] = [
  { attach: 'hotplug', kills: () => true, kinds: 17 },
  { attach: 'recreate', kills: dependsOnWay, kinds: 3 },
];

function dependsOnWay(method: string): boolean {
  return method === 'attach_disk' || method === 'detach_disk';
}

for (const { name: platform, start } of stages) {
  for (const { attach, kills, kinds } of ways) {
    test.serial(`${platform}, ${attach}: a call killed at any write is finished by the same call`, async (t) => {
      t.timeout(900_000);
      const backend = await start();
      t.teardown(() => backend.stop());
      const report = newReport();
      const disks = { attach };
      const undisturbed = await countWrites(backend, report, attach);
      const most = Math.max(...[...undisturbed].filter(([name]) => kills(methodOf(name))).map(([, count]) => count));
      t.deepEqual(report.failures, []);
      const tasks = whens.flatMap((when) =>
        numbers(most).map((write) => async () => {
          const world = await createWorld(backend, { disks });
          await playLifecycle(world, report, `killed ${when} write ${write}`, async (step, check) =>
            kills(step.method)
              ? await killAndRepeat(
                  world,
                  report,
                  step,
                  { write, when, last: undisturbed.get(step.name) === write },
                  check,
                )
              : expectSuccess(await world.call(step.method, step.args), check),
          );
        }),
      );
      await runAll(tasks, 6);
      t.log(summarize(report));
      t.deepEqual(report.failures, []);
      t.true(report.cells.size >= kinds);
    });
  }

  test.serial(`${platform}: delete_vm removes what a killed call left, and no disk`, async (t) => {
    t.timeout(900_000);
    const backend = await start();
    t.teardown(() => backend.stop());
    const report = newReport();
    await runAll(
      ways.flatMap(({ attach, kills }) =>
        singles
          .filter((name) => kills(methodOf(name)))
          .flatMap((name) =>
            numbers(writes[name]).map((write) => () => killAndDelete(backend, report, attach, name, write)),
          ),
      ),
      6,
    );
    t.log(summarize(report));
    t.deepEqual(report.failures, []);
  });
}

/** The method of a step or a single call. */
function methodOf(name: string): string {
  return name.split(' ')[0] ?? '';
}

function numbers(most: number): number[] {
  return Array.from({ length: most }, (_, index) => index + 1);
}

/** Plays the lifecycle undisturbed. @returns the number of writes of each step */
async function countWrites(
  backend: Backend,
  report: Report,
  attach: AttachStrategyName,
): Promise<ReadonlyMap<string, number>> {
  const world = await createWorld(backend, { disks: { attach } });
  const counts = new Map<string, number>();
  await playLifecycle(world, report, 'undisturbed', async ({ name, method, args }, check) => {
    const result = expectSuccess(await world.call(method, args), check);
    counts.set(name, world.proxy.calls().filter(({ write }) => write !== undefined).length);
    return result;
  });
  return counts;
}

interface Kill {
  readonly write: number;
  readonly when: When;
  /** An undisturbed call writes no more after it. */
  readonly last: boolean;
}

function killAt(write: number, when: When): Rule {
  return (call: ProxiedCall) => (call.write === write ? { kind: 'kill', when } : undefined);
}

async function killAndRepeat(
  world: World,
  report: Report,
  { name, method, args }: Step,
  { write, when, last }: Kill,
  check: Check,
): Promise<unknown> {
  const run = await world.call(method, args, killAt(write, when));
  // the call has fewer writes, or had its last answer when it was to be killed
  if (run.response !== undefined) return expectSuccess(run, check);
  report.cells.set(name, (report.cells.get(name) ?? 0) + 1);
  if (when !== 'before' && last && lastSaysAll.has(method)) {
    // everything is done, only the answer is lost
    if (method === 'detach_disk') {
      const again = await world.call(method, args);
      check(again.response?.error?.type === 'Bosh::Clouds::DiskNotAttached', `not DiskNotAttached\n${again.stderr}`);
      return null;
    }
    await removeUnheard(world, name, report);
  }
  if (onMachine.has(method)) check((await world.result('has_vm', [args[0]])) === true, `VM ${args[0]} is lost`);
  return expectSuccess(await world.call(method, args), check);
}

/**
 * Calls whose last write says that all is done. Killed after it, what they made has a name that nobody heard, and no program can tell that from
 * an answer that arrived: an operator finds it as a disk that the Director does not know. The same detach_disk again says by contract that the disk is not attached.
 */
const lastSaysAll: ReadonlySet<string> = new Set(['create_disk', 'snapshot_disk', 'detach_disk']);

/** Plays that operator: removes the newest object that is not marked as unanswered any more and that no later call of the story is about. */
async function removeUnheard(world: World, name: string, report: Report): Promise<void> {
  const path = name.startsWith('snapshot') ? 'snapshot.storage.k8s.io/v1/volumesnapshots' : 'persistentvolumeclaims';
  const made = world.proxy.calls().findLast(({ method }) => method === 'PATCH');
  const object = made?.path.split('/').at(-1);
  await world.backend.admin.json({
    method: 'DELETE',
    path: pathIn(world.namespace, `${path}/${object}`),
  });
  report.refused.set(`${name}, killed after its last write`, 'what it made stays, whole and unmarked');
}

/** Writes of a call, at least. */
const writes: Readonly<Record<Single, number>> = {
  'create_vm (everything)': 8,
  'create_vm (plain)': 3,
  'create_vm (in the place of another)': 17,
  set_vm_metadata: 2,
  attach_disk: 5,
  detach_disk: 5,
  reboot_vm: 1,
  'delete_vm (everything)': 8,
};

async function killAndDelete(
  backend: Backend,
  report: Report,
  attach: AttachStrategyName,
  name: Single,
  write: number,
): Promise<void> {
  const label = `(${attach}) killed after write ${write}, then delete_vm`;
  const disks = { attach };
  await playSingle(backend, report, name, label, { disks }, async (scene) => {
    const run = await scene.world.call(scene.method, scene.args, killAt(write, 'after'));
    if (run.response === undefined) report.cells.set(name, (report.cells.get(name) ?? 0) + 1);
    else expectSuccess(run, scene.check);
  });
}
