import { setTimeout as sleep } from 'node:timers/promises';
import { enqueueLocked, findDeployment, instancesOf } from '../../sandbox/director/director.ts';
import { convergeInstances } from '../../sandbox/director/jobs/converge.ts';
import { callCpi } from '../../sandbox/director/machine.ts';
import { type Instance, managedDisk, titleOf } from '../../sandbox/director/model.ts';
import type { Task } from '../../sandbox/director/tasks.ts';
import type { Work } from '../../sandbox/director/work.ts';
import { choose } from '../../sandbox/random.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { deployer, type Foundation } from './director.ts';

interface Scene {
  readonly sandbox: Sandbox;
  readonly foundation: Foundation;
  /** Machines that somebody should find as they are. */
  readonly spared: ReadonlySet<Instance>;
}

const PAUSE_MS = 4_000;
/** How long the deployments rest after an operator did something: whoever is looking into a thing has its lock to himself. */
const RESPECT_MS = 60_000;

/** Goes on for ever: one task in `cf`, another in the other deployments, each in an order that is always the same. */
export async function live(scene: Scene): Promise<void> {
  const inCf = ({ deployment }: Instance) => deployment === 'cf';
  await Promise.all([work(scene, 'cf', inCf), work(scene, 'services', (instance) => !inCf(instance))]);
}

async function work(scene: Scene, name: string, isMine: (instance: Instance) => boolean): Promise<never> {
  for (let turn = 0; ; turn++) {
    do await sleep(PAUSE_MS);
    while (isOperatorAtWork(scene));
    const act = choose([replace, replace, reboot, crash, resize, addDisk], name, turn);
    const fit = instancesOf(scene.foundation.director).filter(
      (instance) => isMine(instance) && instance.state === 'started' && !instance.ignore && !scene.spared.has(instance),
    );
    const [first, ...others] = fit;
    // an operator may have stopped them all
    if (first === undefined) continue;
    const task = act(scene, choose([first, ...others], name, 'machine', turn), turn);
    // what fails here is a machine in the middle of something else: life goes on
    if (task !== undefined) await scene.foundation.director.tasks.ended(task);
  }
}

function isOperatorAtWork({ foundation }: Scene): boolean {
  const looks = ['vms', 'cck_scan'];
  return foundation.director.tasks
    .list()
    .some(
      ({ user, type, finished = Date.now() }) =>
        user !== deployer && !looks.includes(type) && Date.now() - finished < RESPECT_MS,
    );
}

/** A rolling update: the VM goes, its disk stays, a new VM gets it. */
function replace({ foundation: { director } }: Scene, instance: Instance): Task {
  const deployment = findDeployment(director, instance.deployment);
  return convergeInstances(director, { user: deployer }, deployment, [instance], 'recreate', false);
}

function reboot(scene: Scene, instance: Instance): Task {
  return change(scene, instance, 'cck_apply', 'apply resolutions', 'Applying problem resolutions', async (work) => {
    await callCpi(scene.foundation.director, work, 'reboot_vm', instance.vm?.cid);
  });
}

function crash({ sandbox }: Scene, { vm }: Instance): undefined {
  if (vm !== undefined) sandbox.kill(vm.cid);
}

/** A deployment asks for more room. */
function resize(scene: Scene, instance: Instance, turn: number): Task | undefined {
  const disk = managedDisk(instance);
  if (disk === undefined) return undefined;
  return update(scene, instance, async (work) => {
    const size = (instance.plan.diskSize ?? 1024) + 1024 * (turn + 1);
    await callCpi(scene.foundation.director, work, 'resize_disk', disk.cid, size);
    disk.size = size;
  });
}

/** A disk that waits for its first user, fills a volume, and goes again. */
function addDisk(scene: Scene, instance: Instance): Task {
  const { director } = scene.foundation;
  return update(scene, instance, async (work) => {
    const call = (method: string, ...args: readonly unknown[]) => callCpi(director, work, method, ...args);
    const vm = instance.vm?.cid;
    const disk = String(await call('create_disk', 8_192, {}, vm));
    const about = { director: director.name, deployment: instance.deployment, instance_group: instance.group };
    await call('set_disk_metadata', disk, { ...about, instance_index: String(instance.index) });
    await sleep(PAUSE_MS / 2);
    await call('attach_disk', vm, disk);
    await sleep(PAUSE_MS / 2);
    await call('detach_disk', vm, disk);
    await call('delete_disk', disk);
  });
}

function update(scene: Scene, instance: Instance, act: (work: Work) => Promise<void>): Task {
  return change(scene, instance, 'update_deployment', 'create deployment', 'Updating instance', act);
}

function change(
  { foundation: { director } }: Scene,
  instance: Instance,
  type: string,
  description: string,
  stage: string,
  act: (work: Work) => Promise<void>,
): Task {
  const { deployment, group } = instance;
  return enqueueLocked(director, { user: deployer, type, description, deployment }, async (work) => {
    await work.stage(stage, 1, [group]).track(titleOf(instance), () => act(work));
    return `/deployments/${deployment}`;
  });
}
