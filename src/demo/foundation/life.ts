import { setTimeout as sleep } from 'node:timers/promises';
import { choose } from '../../sandbox/random.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Deployed } from './deploy.ts';
import type { Director, Machine } from './director.ts';

interface Scene {
  readonly sandbox: Sandbox;
  readonly director: Director;
  readonly deployed: Deployed;
  /** Whose task this is: two tasks never touch one machine. */
  readonly isMine: (machine: Machine) => boolean;
  /** How many VMs an instance has had. */
  readonly lives: Map<string, number>;
}

const PAUSE_MS = 2_000;

/** Goes on for ever: one task in `cf`, another in the other deployments, each in an order that is always the same. */
export async function live(sandbox: Sandbox, director: Director, deployed: Deployed): Promise<void> {
  const inCf = ({ instance }: Machine) => instance.deployment.name === 'cf';
  const lives = new Map<string, number>();
  const scene = { sandbox, director, deployed, lives };
  await Promise.all([
    work({ ...scene, isMine: inCf }, 'cf'),
    work({ ...scene, isMine: (machine) => !inCf(machine) }, 'services'),
  ]);
}

async function work(scene: Scene, name: string): Promise<never> {
  for (let turn = 0; ; turn++) {
    await sleep(PAUSE_MS);
    const act = choose([replace, replace, reboot, crash, resize, addDisk], name, turn);
    const [first, ...others] = scene.deployed.filter(scene.isMine);
    if (first === undefined) throw new Error(`the foundation has no machines for ${name}`);
    // what fails here is a machine in the middle of something else: life goes on
    await act(scene, choose([first, ...others], name, 'machine', turn), turn).catch(() => undefined);
  }
}

/** A rolling update: the VM goes, its disk stays, a new VM gets it. */
async function replace({ director, deployed, lives }: Scene, machine: Machine): Promise<void> {
  const { instance } = machine;
  const life = (lives.get(instance.id) ?? 0) + 1;
  lives.set(instance.id, life);
  await director.remove(machine);
  const stemcell = await director.uploadStemcell(instance.deployment.stemcell);
  deployed[deployed.indexOf(machine)] = await director.create(instance, stemcell, { life, disk: machine.disk });
}

async function reboot({ director }: Scene, { vm }: Machine): Promise<void> {
  await director.call('reboot_vm', vm);
}

async function crash({ sandbox }: Scene, { vm }: Machine): Promise<void> {
  sandbox.kill(vm);
}

/** A deployment asks for more room. */
async function resize({ director }: Scene, { disk, instance }: Machine, turn: number): Promise<void> {
  if (disk !== undefined) await director.call('resize_disk', disk, (instance.group.disk ?? 1024) + 1024 * (turn + 1));
}

/** A disk that waits for its first user, fills a volume, and goes again. */
async function addDisk({ director }: Scene, { vm, instance }: Machine): Promise<void> {
  const disk = String(await director.call('create_disk', 8_192, {}, vm));
  const about = { director: 'demo', deployment: instance.deployment.name, instance_group: instance.group.name };
  await director.call('set_disk_metadata', disk, { ...about, instance_index: String(instance.index) });
  await sleep(PAUSE_MS);
  await director.call('attach_disk', vm, disk);
  await sleep(PAUSE_MS);
  await director.call('detach_disk', vm, disk);
  await director.call('delete_disk', disk);
}
