import type { Cluster } from '../../kubernetes/cluster.ts';
import type { ApiObject } from '../../sandbox/api/object.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Deployed } from './deploy.ts';
import type { Director, Machine } from './director.ts';
import { longAgo } from './past.ts';
import { absentStemcell, type Deployment, deployments, type Instance, uuid } from './plan.ts';

/** What goes wrong outside of Kubernetes: images that are gone, machines that do not end. */
export interface Registry {
  readonly lost: Set<string>;
  readonly stuck: Set<string>;
  readonly nodeOptions: {
    readonly pull: (image: string) => string | undefined;
    readonly holds: (pod: ApiObject) => boolean;
  };
}

export function createRegistry(): Registry {
  const lost = new Set<string>();
  const stuck = new Set<string>();
  return {
    lost,
    stuck,
    nodeOptions: {
      pull: (image) =>
        lost.has(image.replace(/@.*/, '')) ? `failed to resolve reference "${image}": ${image}: not found` : undefined,
      holds: ({ metadata }) => stuck.has(metadata.name),
    },
  };
}

/** Where things go wrong. */
export interface Scene {
  readonly sandbox: Sandbox;
  readonly cluster: Cluster;
  readonly director: Director;
  readonly registry: Registry;
}

/** What an operator finds in the morning. Takes the machines that are beyond the director's help out of its list. */
export async function befall(scene: Scene, deployed: Deployed): Promise<void> {
  const { sandbox } = scene;
  const backup = take(deployed, 'zookeeper', 4, false);
  await longAgo(
    sandbox,
    26,
    () => orphanDisk(scene, backup),
    (disk) => [backup.vm, disk],
  );
  await loseService(scene, take(deployed, 'router', 2, false));
  const doppler = take(deployed, 'doppler', 1, false);
  await longAgo(
    sandbox,
    7,
    async () => crash(scene, doppler, 4),
    () => [doppler.vm],
  );
  const cell = take(deployed, 'diego-cell', 10, true);
  await longAgo(
    sandbox,
    2,
    () => hang(scene, cell),
    () => [cell.vm],
  );
  await longAgo(
    sandbox,
    0.4,
    () => loseImage(scene),
    (names) => names,
  );
}

/** A machine of an instance group. @param away whether the director forgets it */
function take(deployed: Deployed, group: string, index: number, away: boolean): Machine {
  const at = deployed.findIndex(({ instance }) => instance.group.name === group && instance.index === index);
  const found = deployed[at];
  if (found === undefined) throw new Error(`the foundation has no ${group}/${index}`);
  if (away) deployed.splice(at, 1);
  return found;
}

/** Somebody detached a disk and left it. */
async function orphanDisk({ director }: Scene, { vm }: Machine): Promise<string> {
  const disk = String(await director.call('create_disk', 20_480, {}, vm));
  const about = { director: 'demo', deployment: 'zookeeper', instance_group: 'zookeeper', instance_index: '4' };
  await director.call('attach_disk', vm, disk);
  await director.call('set_disk_metadata', disk, { ...about, attached_at: new Date().toISOString() });
  await director.call('detach_disk', vm, disk);
  return disk;
}

/** Somebody deleted the Service that kept a machine's address. */
async function loseService({ cluster }: Scene, { vm }: Machine): Promise<void> {
  await cluster.json({ method: 'DELETE', path: `/api/v1/namespaces/${cluster.namespace}/services/${vm}-default` });
}

function crash({ sandbox }: Scene, { vm }: Machine, times: number): void {
  for (let count = 0; count < times; count++) sandbox.kill(vm);
}

/** A machine is to go and cannot end. */
async function hang({ director, cluster, registry }: Scene, machine: Machine): Promise<void> {
  registry.stuck.add(machine.vm);
  // the call gives up long after the demo's end
  director.remove(machine).catch(() => undefined);
  const path = `/api/v1/namespaces/${cluster.namespace}/pods/${machine.vm}`;
  await until(async () => {
    const pod = await cluster.json<ApiObject>({ method: 'GET', path });
    return pod.metadata.deletionTimestamp !== undefined;
  });
}

/** The registry cleaned up, and a machine whose pod somebody deleted is made anew. */
async function loseImage({ director, cluster, registry }: Scene): Promise<readonly string[]> {
  const concourse = deployments.find(({ name }) => name === 'concourse') as Deployment;
  const worker = concourse.groups.find(({ name }) => name === 'worker') as Instance['group'];
  const instance: Instance = {
    deployment: concourse,
    group: worker,
    index: worker.instances,
    id: uuid('instance', 'concourse', 'worker', worker.instances),
    zone: 'z1',
    address: `10.96.${concourse.subnet}.200`,
  };
  const { vm } = await director.create(instance, await director.uploadStemcell(absentStemcell));
  const disk = String(await director.call('create_disk', 10_240, {}, vm));
  await director.call('attach_disk', vm, disk);
  registry.lost.add(absentStemcell.image);
  const path = `/api/v1/namespaces/${cluster.namespace}/pods/${vm}`;
  await cluster.json({ method: 'DELETE', path, body: { gracePeriodSeconds: 0 } });
  director.call('reboot_vm', vm).catch(() => undefined);
  await until(async () => {
    const pod = await cluster.json<{ status?: unknown }>({ method: 'GET', path }).catch(() => undefined);
    return JSON.stringify(pod?.status ?? {}).includes('ImagePullBackOff');
  });
  return [vm, disk];
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500 && !(await condition()); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
