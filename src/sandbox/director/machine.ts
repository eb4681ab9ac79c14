import type { AgentAnswer } from './backend.ts';
import type { Director } from './director.ts';
import { DirectorError } from './error.ts';
import { type Disk, type Instance, managedDisk, nameOf, titleOf } from './model.ts';
import type { Work } from './work.ts';

/** Runs a CPI method, as the task's `--cpi` output shows it. Arguments may hold secrets: only the CIDs are shown. */
export async function callCpi(
  { backend }: Director,
  work: Work,
  method: string,
  ...args: readonly unknown[]
): Promise<unknown> {
  const shown = args.filter((arg) => typeof arg === 'string');
  work.cpi(`[external-cpi] [cpi-${work.task.id}] request: ${JSON.stringify({ method, arguments: shown })}`);
  try {
    return await backend.call(method, ...args);
  } catch (error) {
    work.cpi(`[external-cpi] [cpi-${work.task.id}] error: ${(error as Error).message}`);
    throw new Error(
      `CPI error '${typeOf(error)}' with message '${(error as Error).message}' in '${method}' CPI method`,
      {
        cause: error,
      },
    );
  }
}

function typeOf(error: unknown): string {
  const { type } = error as { type?: unknown };
  return typeof type === 'string' ? `Bosh::Clouds::${type}` : 'Unknown';
}

/** Asks the agent of an instance's VM. @throws DirectorError RpcTimeout */
export async function askAgent(director: Director, instance: Instance, method: string): Promise<AgentAnswer> {
  const { vm } = instance;
  const answer = vm && (await director.backend.ask(vm.cid));
  if (answer !== undefined) return answer;
  const message = `Timed out sending '${method}' to instance: '${nameOf(instance)}', agent-id: '${vm?.agentId}' after 45 seconds`;
  throw new DirectorError('RpcTimeout', message);
}

/** Makes an instance's VM, gives it the disk it has and, where it has none yet, the one it is to have. */
export async function createVm(director: Director, work: Work, instance: Instance): Promise<void> {
  const { plan } = instance;
  const { stemcell } = plan;
  const existing = managedDisk(instance);
  await work.logged({ action: 'create', object: 'vm', instance: nameOf(instance) }, async () => {
    const agentId = director.agentId(instance);
    const disks = existing === undefined ? [] : [existing.cid];
    const args = [agentId, stemcell.cid, plan.cloudProperties, plan.networks, disks, plan.env];
    const [cid] = (await callCpi(director, work, 'create_vm', ...args)) as readonly unknown[];
    instance.lives += 1;
    instance.vm = {
      cid: String(cid),
      agentId,
      created: work.now(),
      stemcell,
      ips: promised(instance),
      applied: undefined,
    };
    await callCpi(director, work, 'set_vm_metadata', instance.vm.cid, {
      director: director.name,
      deployment: instance.deployment,
      instance_group: instance.group,
      job: instance.group,
      id: instance.id,
      index: String(instance.index),
      name: nameOf(instance),
      created_at: rubyTime(work.now()),
    });
  });
  const agent = await askAgent(director, instance, 'ping');
  if (instance.vm !== undefined) instance.vm.ips = [...new Set([...promised(instance), ...agent.ips])];
  if (existing !== undefined) await attachDisk(director, work, instance, existing);
  else if (plan.diskSize !== undefined) await createDisk(director, work, instance, plan.diskSize);
}

/** Addresses of manual networks, which come before those an agent tells of. */
function promised({ plan }: Instance): readonly string[] {
  return Object.values(plan.networks).flatMap(({ ip }) => (ip === undefined ? [] : [ip]));
}

async function createDisk(director: Director, work: Work, instance: Instance, size: number): Promise<void> {
  const { vm } = instance;
  await work.logged({ action: 'create', object: 'disk', instance: nameOf(instance) }, async () => {
    const cid = String(await callCpi(director, work, 'create_disk', size, {}, vm?.cid));
    const disk: Disk = { id: director.nextId(), cid, size, cloudProperties: {}, active: true };
    instance.disks.push(disk);
    await attachDisk(director, work, instance, disk);
  });
}

/** Attaches a disk and mounts it. */
export async function attachDisk(director: Director, work: Work, instance: Instance, disk: Disk): Promise<void> {
  const { vm } = instance;
  await callCpi(director, work, 'attach_disk', vm?.cid, disk.cid);
  await callCpi(director, work, 'set_disk_metadata', disk.cid, {
    director: director.name,
    deployment: instance.deployment,
    instance_group: instance.group,
    instance_id: instance.id,
    instance_index: String(instance.index),
    attached_at: rubyTime(work.now()),
  });
}

/**
 * Deletes an instance's VM; its disks stay.
 * @param responsive whether its agent is asked to unmount the disks first: without it they go with the VM
 */
export async function deleteVm(director: Director, work: Work, instance: Instance, responsive: boolean): Promise<void> {
  const { vm } = instance;
  if (vm === undefined) return;
  if (responsive) {
    for (const { cid } of instance.disks) await callCpi(director, work, 'detach_disk', vm.cid, cid);
  }
  await work.logged({ action: 'delete', object: 'vm', name: vm.cid, instance: nameOf(instance) }, () =>
    callCpi(director, work, 'delete_vm', vm.cid),
  );
  instance.vm = undefined;
}

/** Has the agent run the instance's jobs. @throws DirectorError RpcTimeout */
export async function applyJobs(director: Director, instance: Instance): Promise<void> {
  const { life } = await askAgent(director, instance, 'apply');
  if (instance.vm !== undefined) instance.vm.applied = life;
}

/** Moves a disk's record to the orphans; the CPI hears nothing of it. */
export async function orphanDisk(director: Director, work: Work, instance: Instance, disk: Disk): Promise<void> {
  const about = { action: 'orphan', object: 'disk', name: disk.cid, instance: nameOf(instance) };
  await work.logged(about, async () => {
    const { cid, size, cloudProperties } = disk;
    const { zone, deployment } = instance;
    instance.disks.splice(instance.disks.indexOf(disk), 1);
    const orphaned = work.now();
    director.orphans.set(cid, { cid, size, zone, deployment, instance: nameOf(instance), cloudProperties, orphaned });
  });
}

/** @throws DirectorError DeploymentIgnoredInstancesModification */
export function refuseIgnored(instance: Instance): void {
  if (!instance.ignore) return;
  throw new DirectorError(
    'DeploymentIgnoredInstancesModification',
    `You are trying to change the state of the ignored instance '${titleOf(instance)}'.This operation is not allowed. You need to unignore it first.`,
  );
}

/** A time as a Director writes it: whole seconds. */
export function rubyTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
