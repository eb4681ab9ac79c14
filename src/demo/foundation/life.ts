import { setTimeout as sleep } from 'node:timers/promises';
import { choose } from '../../sandbox/random.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Deployed } from './deploy.ts';
import type { Director, Machine } from './director.ts';

interface Scene {
  readonly sandbox: Sandbox;
  readonly director: Director;
  readonly deployed: Deployed;
  /** How many VMs an instance has had. */
  readonly lives: Map<string, number>;
}

const PAUSE_MS = 2_500;

/** Goes on for ever, one thing after another, always in the same order. */
export async function live(sandbox: Sandbox, director: Director, deployed: Deployed): Promise<never> {
  const scene: Scene = { sandbox, director, deployed, lives: new Map() };
  for (let turn = 0; ; turn++) {
    await sleep(PAUSE_MS);
    const act = choose([replace, replace, reboot, crash, resize, addDisk], 'act', turn);
    // what fails here is a machine that is in the middle of something else: life goes on
    await act(scene, turn).catch(() => undefined);
  }
}

/** A rolling update: the VM goes, its disk stays, a new VM gets it. */
async function replace({ director, deployed, lives }: Scene, turn: number): Promise<void> {
  const machine = oneOf(deployed, turn);
  const { instance } = machine;
  const life = (lives.get(instance.id) ?? 0) + 1;
  lives.set(instance.id, life);
  await director.remove(machine);
  await sleep(PAUSE_MS / 2);
  const stemcell = await director.uploadStemcell(instance.deployment.stemcell);
  deployed[deployed.indexOf(machine)] = await director.create(instance, stemcell, { life, disk: machine.disk });
}

async function reboot({ director, deployed }: Scene, turn: number): Promise<void> {
  await director.call('reboot_vm', oneOf(deployed, turn).vm);
}

async function crash({ sandbox, deployed }: Scene, turn: number): Promise<void> {
  sandbox.kill(oneOf(deployed, turn).vm);
}

/** A deployment asks for more room. */
async function resize({ director, deployed }: Scene, turn: number): Promise<void> {
  const withDisk = deployed.filter(({ disk }) => disk !== undefined);
  const { disk, instance } = oneOf(withDisk, turn);
  await director.call('resize_disk', disk, (instance.group.disk ?? 1024) + 1024 * (turn + 1));
}

/** A disk that waits for its first user, fills a volume, and goes again. */
async function addDisk({ director, deployed }: Scene, turn: number): Promise<void> {
  const { vm, instance } = oneOf(deployed, turn);
  const disk = String(await director.call('create_disk', 8_192, {}, vm));
  const about = { director: 'demo', deployment: instance.deployment.name, instance_group: instance.group.name };
  await director.call('set_disk_metadata', disk, { ...about, instance_index: String(instance.index) });
  await sleep(PAUSE_MS);
  await director.call('attach_disk', vm, disk);
  await sleep(PAUSE_MS * 4);
  await director.call('detach_disk', vm, disk);
  await director.call('delete_disk', disk);
}

function oneOf(machines: readonly Machine[], turn: number): Machine {
  const [first, ...others] = machines;
  if (first === undefined) throw new Error('the foundation has no machines');
  return choose([first, ...others], 'machine', turn);
}
