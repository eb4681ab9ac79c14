import { type Director, instancesOf } from '../director.ts';
import { callCpi, deleteVm } from '../machine.ts';
import { type Deployment, type Instance, managedDisk, nameOf } from '../model.ts';
import type { Task } from '../tasks.ts';
import { vitals } from '../vitals.ts';
import type { Asker } from './instance.ts';
import { inTurns } from './turns.ts';

/** `…/instances?format=full` and `…/vms?format=full`: asks every agent; one line of the result each. */
export function startVmState(director: Director, asker: Asker, { name, instances }: Deployment, all: boolean): Task {
  const request = { ...asker, type: 'vms', description: 'retrieve vm-stats', deployment: name, urgent: true };
  return director.tasks.enqueue(request, async (work) => {
    await inTurns(
      instances.filter(({ vm }) => all || vm !== undefined),
      async (instance) => work.answer(await stateOf(director, instance)),
    );
    return undefined;
  });
}

async function stateOf({ backend }: Director, instance: Instance): Promise<object> {
  const { vm, plan } = instance;
  const agent = vm && (await backend.ask(vm.cid));
  const runs = agent !== undefined && vm?.applied === agent.life && instance.state === 'started';
  const disks = instance.disks.filter(({ active }) => active).map(({ cid }) => cid);
  return {
    vm_cid: vm?.cid ?? null,
    active: vm === undefined ? null : true,
    vm_created_at: vm === undefined ? null : `${new Date(vm.created).toISOString().slice(0, 19)}Z`,
    cloud_properties: plan.cloudProperties,
    disk_cid: managedDisk(instance)?.cid ?? null,
    disk_cids: disks,
    ips: vm?.ips ?? [],
    agent_id: vm?.agentId ?? null,
    job_name: instance.group,
    index: instance.index,
    job_state: vm === undefined ? null : jobState(instance, agent !== undefined),
    state: instance.state,
    vm_type: plan.vmType,
    vitals: agent === undefined ? null : vitals(instance, agent.disks.length > 0),
    processes: runs ? plan.processes.map((name, at) => processOf(name, at)) : [],
    az: instance.zone,
    id: instance.id,
    bootstrap: instance.index === 0,
    ignore: instance.ignore,
    stemcell: {
      name: vm?.stemcell.name ?? null,
      version: vm?.stemcell.version ?? null,
      api_version: vm === undefined ? null : 3,
    },
  };
}

function jobState({ state }: Instance, answers: boolean): string {
  if (!answers) return 'unresponsive agent';
  return state === 'started' ? 'running' : 'stopped';
}

function processOf(name: string, at: number): object {
  const kb = 4_516 * (at + 1);
  return { name, state: 'running', uptime: { secs: 3_600 }, mem: { kb, percent: 0 }, cpu: { total: 0 } };
}

/** `DELETE /vms/:cid`: a VM of an instance, or one that the Director knows nothing of. */
export function startDeleteVm(director: Director, asker: Asker, cid: string): Task {
  const request = { ...asker, type: 'delete_vm', description: `delete vm ${cid}` };
  return director.tasks.enqueue(request, async (work) => {
    const instance = instancesOf(director).find(({ vm }) => vm?.cid === cid);
    const stage = work.stage('Delete VM', 1);
    await stage.track(cid, async () => {
      if (instance !== undefined) await deleteVm(director, work, instance, false);
      else
        await work.logged({ action: 'delete', object: 'vm', name: cid }, () =>
          callCpi(director, work, 'delete_vm', cid),
        );
      await stage.track(`VM ${cid} is successfully deleted`, async () => undefined);
    });
    if (instance !== undefined) work.debug(`${nameOf(instance)} has no VM now`);
    return `vm ${cid} deleted`;
  });
}
