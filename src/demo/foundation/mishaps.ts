import type { Cluster } from '../../kubernetes/cluster.ts';
import type { ApiObject } from '../../sandbox/api/object.ts';
import { enqueueLocked, findDeployment, instancesOf } from '../../sandbox/director/director.ts';
import { startOrphanDisk } from '../../sandbox/director/jobs/disks.ts';
import { type Instance, managedDisk, titleOf } from '../../sandbox/director/model.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { bringUp } from './deploy.ts';
import { deployer, type Foundation, recordInstance, uploadStemcell } from './director.ts';
import { longAgo } from './past.ts';
import { absentStemcell, type Deployment, deployments, uuid } from './plan.ts';

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
  readonly foundation: Foundation;
  readonly registry: Registry;
}

/** Something that went wrong with a machine, so many hours ago. */
interface Mishap {
  readonly group: string;
  readonly index: number;
  readonly hours: number;
  /** @returns the disk it made, where it is about one */
  readonly strike: (scene: Scene, instance: Instance) => Promise<string | undefined>;
}

const mishaps: readonly Mishap[] = [
  { group: 'zookeeper', index: 4, hours: 26, strike: leaveDisk },
  { group: 'router', index: 2, hours: 0, strike: loseService },
  { group: 'api', index: 1, hours: 0, strike: loseSelector },
  { group: 'doppler', index: 1, hours: 7, strike: crash },
  { group: 'web', index: 0, hours: 3, strike: moveAddress },
  { group: 'vault', index: 2, hours: 5, strike: orphanDisk },
  { group: 'log-api', index: 1, hours: 1, strike: silence },
  { group: 'diego-cell', index: 10, hours: 2, strike: hang },
];

/** What an operator finds in the morning. @returns the machines that should be found so */
export async function befall(scene: Scene): Promise<ReadonlySet<Instance>> {
  const spared = new Set<Instance>();
  for (const { group, index, hours, strike } of mishaps) {
    const instance = find(scene, group, index);
    spared.add(instance);
    const { vm } = instance;
    await longAgo(
      scene.sandbox,
      hours,
      () => strike(scene, instance),
      (disk) => [vm?.cid, disk],
    );
  }
  await longAgo(
    scene.sandbox,
    0.4,
    () => loseImage(scene),
    (instance) => {
      spared.add(instance);
      return [instance.vm?.cid, managedDisk(instance)?.cid];
    },
  );
  return spared;
}

function find({ foundation }: Scene, group: string, index: number): Instance {
  const found = instancesOf(foundation.director).find((one) => one.group === group && one.index === index);
  if (found === undefined) throw new Error(`the foundation has no ${group}/${index}`);
  return found;
}

/** Somebody made a disk past the Director, and left it. */
async function leaveDisk({ foundation: { director } }: Scene, { vm }: Instance): Promise<string> {
  const { backend, name } = director;
  const disk = String(await backend.call('create_disk', 20_480, {}, vm?.cid));
  const about = { director: name, deployment: 'zookeeper', instance_group: 'zookeeper', instance_index: '4' };
  await backend.call('attach_disk', vm?.cid, disk);
  await backend.call('set_disk_metadata', disk, { ...about, attached_at: new Date().toISOString() });
  await backend.call('detach_disk', vm?.cid, disk);
  return disk;
}

/** Somebody deleted the Service that kept a machine's address. */
async function loseService({ cluster }: Scene, instance: Instance): Promise<undefined> {
  await cluster.json({ method: 'DELETE', path: serviceOf(cluster, instance) });
}

/** Somebody took the selector off a Service, so that nothing answers at the address any more. */
async function loseSelector({ cluster }: Scene, instance: Instance): Promise<undefined> {
  await cluster.json({ method: 'PATCH', path: serviceOf(cluster, instance), body: { spec: { selector: null } } });
}

async function crash({ sandbox }: Scene, { vm }: Instance): Promise<undefined> {
  for (let count = 0; count < 4; count++) sandbox.kill(vm?.cid ?? '');
}

/** Somebody deleted a pod, and it was made again with another address: the Director goes on believing in the old one. */
async function moveAddress({ cluster, foundation }: Scene, { vm }: Instance): Promise<undefined> {
  await cluster.json({ method: 'DELETE', path: podOf(cluster, vm?.cid), body: { gracePeriodSeconds: 0 } });
  await foundation.director.backend.call('reboot_vm', vm?.cid);
}

/** Somebody orphaned the disk of a machine that uses it; BOSH detaches nothing then. */
async function orphanDisk({ foundation: { director } }: Scene, instance: Instance): Promise<undefined> {
  const disk = managedDisk(instance);
  if (disk === undefined) return;
  await director.tasks.ended(startOrphanDisk(director, { user: deployer }, disk.cid));
}

/** An agent hangs; its machine and jobs go on. */
async function silence({ foundation }: Scene, { vm }: Instance): Promise<undefined> {
  foundation.agents.silence(vm?.cid ?? '');
}

/** A machine is to go and cannot end. */
async function hang({ foundation, cluster, registry }: Scene, instance: Instance): Promise<undefined> {
  const { vm } = instance;
  if (vm === undefined) return;
  registry.stuck.add(vm.cid);
  // the call gives up long after the demo's end
  foundation.director.backend.call('delete_vm', vm.cid).catch(() => undefined);
  instance.state = 'stopped';
  await until(async () => {
    const pod = await cluster.json<ApiObject>({ method: 'GET', path: podOf(cluster, vm.cid) });
    return pod.metadata.deletionTimestamp !== undefined;
  });
}

/** The registry cleaned up, and a machine whose pod somebody deleted is made anew. */
async function loseImage({ foundation, cluster, registry }: Scene): Promise<Instance> {
  const { director } = foundation;
  const concourse = deployments.find(({ name }) => name === 'concourse') as Deployment;
  const group = concourse.groups.find(({ name }) => name === 'worker') as Deployment['groups'][number];
  const index = group.instances;
  const id = uuid('instance', 'concourse', 'worker', index);
  const wanted = { deployment: concourse, group: { ...group, disk: 10_240 }, index, id };
  const stemcell = await uploadStemcell(foundation, absentStemcell);
  const instance = recordInstance({ ...wanted, zone: 'z1', address: `10.96.${concourse.subnet}.200` }, stemcell);
  findDeployment(director, 'concourse').instances.push(instance);
  const request = { user: deployer, type: 'update_deployment', description: 'create deployment' };
  const task = enqueueLocked(director, { ...request, deployment: 'concourse' }, async (work) => {
    await work.stage('Creating missing vms', 1).track(titleOf(instance), () => bringUp(foundation, work, instance));
    return '/deployments/concourse';
  });
  await director.tasks.ended(task);
  registry.lost.add(absentStemcell.image);
  const path = podOf(cluster, instance.vm?.cid);
  await cluster.json({ method: 'DELETE', path, body: { gracePeriodSeconds: 0 } });
  director.backend.call('reboot_vm', instance.vm?.cid).catch(() => undefined);
  await until(async () => {
    const pod = await cluster.json<{ status?: unknown }>({ method: 'GET', path }).catch(() => undefined);
    return JSON.stringify(pod?.status ?? {}).includes('ImagePullBackOff');
  });
  return instance;
}

function podOf({ namespace }: Cluster, vm: string | undefined): string {
  return `/api/v1/namespaces/${namespace}/pods/${vm}`;
}

function serviceOf({ namespace }: Cluster, { vm }: Instance): string {
  return `/api/v1/namespaces/${namespace}/services/${vm?.cid}-default`;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500 && !(await condition()); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
