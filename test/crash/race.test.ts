import test from 'ava';
import type { Backend } from '../support/backend.ts';
import type { CpiRun } from './call.ts';
import { assertStateKept, type Check, fullVm, mounted, plainVm, plantState } from './lifecycle.ts';
import { runAll } from './pool.ts';
import type { Rule } from './proxy.ts';
import { expectClearError } from './single.ts';
import { full, stages } from './stages.ts';
import { checker, expectSuccess, newReport, type Report, summarize } from './story.ts';
import { createWorld, type World } from './world.ts';

/** What a race is about: machine `agent-one` with `disks[0]` (and whatever `prepare` adds), three disks. */
interface Scene {
  readonly world: World;
  readonly vm: string;
  readonly disks: readonly [string, string, string];
  readonly check: Check;
}

type CpiCall = readonly [method: string, args: readonly unknown[]];

interface Race {
  readonly name: string;
  /** Requests of the held call, about: it is held before each. */
  readonly requests: number;
  readonly held: (scene: Scene) => CpiCall;
  readonly meanwhile: (scene: Scene) => CpiCall;
  readonly prepare?: (scene: Scene) => Promise<void>;
  /** Whether the held call may fail: what it is about was taken from it. */
  readonly mayFail?: boolean;
  /** Looks at what the two have left. */
  readonly after: (scene: Scene, failed: boolean) => Promise<void>;
}

const makeVm = async ({ world, disks }: Scene) => {
  await world.result('create_vm', fullVm(world, 'one', [disks[0]]));
  plantState(world, 'agent-one');
};

async function has({ world, vm, check }: Scene, ...disks: readonly string[]): Promise<void> {
  const found = await mounted(world, vm);
  const wanted = [...disks].sort().join(' ');
  check(found === `ready: ${wanted}`, `has ${found}, not ${wanted}`);
  const recorded = await world.result<string[]>('get_disks', [vm]);
  check([...recorded].sort().join(' ') === wanted, `recorded ${recorded}, not ${wanted}`);
  await assertStateKept(world, vm, check);
}

async function isLabelled({ world, vm, check }: Scene): Promise<void> {
  const pod = await world.get<{ metadata: { labels: Record<string, string> } }>(`pods/${vm}`);
  check(pod?.metadata.labels['bosh.cloudfoundry.org/job'] === 'redis', 'the metadata is lost');
}

/** Nothing but the disks is left, though nobody deletes the machine again. */
async function onlyDisks({ world, check, disks }: Scene): Promise<void> {
  const left = await world.leftovers(10_000, disks.length);
  const others = left.filter((name) => !name.startsWith('persistentvolumeclaims/disk-'));
  check(others.length === 0, `left behind: ${others.join(', ')}`);
}

const attach = ({ vm, disks }: Scene): CpiCall => ['attach_disk', [vm, disks[1]]];
const label = ({ vm }: Scene): CpiCall => ['set_vm_metadata', [vm, { job: 'redis' }]];
const remove = ({ vm }: Scene): CpiCall => ['delete_vm', [vm]];
const create = ({ world, disks }: Scene): CpiCall => ['create_vm', fullVm(world, 'one', [disks[0]])];

const races: readonly Race[] = [
  {
    name: 'attach_disk and another attach_disk',
    requests: 23,
    prepare: makeVm,
    held: attach,
    meanwhile: ({ vm, disks }) => ['attach_disk', [vm, disks[2]]],
    after: (scene) => has(scene, ...scene.disks),
  },
  {
    name: 'attach_disk and the same attach_disk',
    requests: 23,
    prepare: makeVm,
    held: attach,
    meanwhile: attach,
    after: (scene) => has(scene, scene.disks[0], scene.disks[1]),
  },
  {
    name: 'detach_disk and attach_disk',
    requests: 22,
    prepare: makeVm,
    held: ({ vm, disks }) => ['detach_disk', [vm, disks[0]]],
    meanwhile: attach,
    after: (scene) => has(scene, scene.disks[1]),
  },
  {
    name: 'attach_disk and set_vm_metadata',
    requests: 23,
    prepare: makeVm,
    held: attach,
    meanwhile: label,
    async after(scene) {
      await has(scene, scene.disks[0], scene.disks[1]);
      await isLabelled(scene);
    },
  },
  {
    name: 'set_vm_metadata and attach_disk',
    requests: 3,
    prepare: makeVm,
    held: label,
    meanwhile: attach,
    async after(scene) {
      await has(scene, scene.disks[0], scene.disks[1]);
      await isLabelled(scene);
    },
  },
  {
    name: 'reboot_vm and attach_disk',
    requests: 6,
    prepare: makeVm,
    held: ({ vm }) => ['reboot_vm', [vm]],
    meanwhile: attach,
    after: (scene) => has(scene, scene.disks[0], scene.disks[1]),
  },
  {
    name: 'attach_disk and delete_vm',
    requests: 24,
    prepare: makeVm,
    held: attach,
    meanwhile: remove,
    mayFail: true,
    after: onlyDisks,
  },
  {
    name: 'set_vm_metadata and delete_vm',
    requests: 3,
    prepare: makeVm,
    held: label,
    meanwhile: remove,
    mayFail: true,
    after: onlyDisks,
  },
  { name: 'delete_vm and delete_vm', requests: 17, prepare: makeVm, held: remove, meanwhile: remove, after: onlyDisks },
  {
    name: 'create_vm and delete_vm',
    requests: 13,
    held: create,
    meanwhile: remove,
    mayFail: true,
    async after(scene, failed) {
      if (!failed) expectSuccess(await scene.world.call('delete_vm', [scene.vm]), scene.check);
      await onlyDisks(scene);
    },
  },
  {
    name: 'create_vm and the same create_vm',
    requests: 13,
    held: create,
    meanwhile: create,
    async after(scene) {
      const found = await mounted(scene.world, scene.vm);
      scene.check(found === `ready: ${scene.disks[0]}`, `has ${found}`);
      expectSuccess(await scene.world.call('delete_vm', [scene.vm]), scene.check);
      await onlyDisks(scene);
    },
  },
  {
    name: 'delete_vm and create_vm of a new machine with the same name',
    requests: 17,
    prepare: makeVm,
    held: remove,
    meanwhile: ({ world, disks }) => ['create_vm', plainVm(world, 'one', [disks[1]])],
    async after(scene) {
      // whichever was meant last, nothing is half there
      const there = await scene.world.result('has_vm', [scene.vm]);
      if (there) {
        const found = await mounted(scene.world, scene.vm);
        scene.check(found === `ready: ${scene.disks[1]}`, `has ${found}`);
        expectSuccess(await scene.world.call('delete_vm', [scene.vm]), scene.check);
      }
      await onlyDisks(scene);
    },
  },
];

for (const { name: platform, start } of stages) {
  test.serial(`${platform}: two calls for one machine meet at any request of the first`, async (t) => {
    t.timeout(1_200_000);
    const backend = await start();
    t.teardown(() => backend.stop());
    const report = newReport();
    const every = full ? 1 : 4;
    const tasks = races.flatMap((race) =>
      Array.from({ length: Math.ceil(race.requests / every) }, (_, index) => () => {
        return play(backend, report, race, index * every + 1);
      }),
    );
    await runAll(tasks, 6);
    t.log(summarize(report));
    t.deepEqual(report.failures, []);
  });
}

/** Holds the first call before its request of that number until the second call has ended. */
async function play(backend: Backend, report: Report, race: Race, number: number): Promise<void> {
  const world = await createWorld(backend);
  const check = checker(report, () => `${race.name}, held before request ${number}`);
  try {
    const properties = {};
    const disks = [
      await world.result<string>('create_disk', [64, properties]),
      await world.result<string>('create_disk', [64, properties]),
      await world.result<string>('create_disk', [64, properties]),
    ] as const;
    const scene: Scene = { world, vm: 'agent-one', disks, check };
    await race.prepare?.(scene);
    let second = undefined as Promise<CpiRun> | undefined;
    // a held call that loses patience asks again, which is held too
    const rule: Rule = async (call) => {
      if (call.number < number) return undefined;
      second ??= world.aside(...race.meanwhile(scene));
      await second;
      return undefined;
    };
    const [method, args] = race.held(scene);
    const run = await world.call(method, args, rule);
    if (second === undefined) return;
    expectSuccess(await second, (condition, message) => check(condition, `the other call: ${message}`));
    report.cells.set(race.name, (report.cells.get(race.name) ?? 0) + 1);
    const failed = run.response?.error !== null;
    if (failed && race.mayFail === true)
      report.refused.set(`${race.name}, request ${number}`, expectClearError(run, check));
    else expectSuccess(run, (condition, message) => check(condition, `${method}: ${message}`));
    await race.after(scene, failed);
  } catch (error) {
    const message = (error as Error).message;
    if (!report.failures.some((failure) => failure.endsWith(message))) {
      report.failures.push(`${race.name}, held before request ${number}: ${message}`);
    }
  } finally {
    await world.close();
  }
}
