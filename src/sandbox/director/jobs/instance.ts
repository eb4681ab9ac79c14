import { type Director, enqueueLocked } from '../director.ts';
import { applyJobs, askAgent, createVm, deleteVm, refuseIgnored } from '../machine.ts';
import { type Instance, type InstanceState, nameOf, titleOf } from '../model.ts';
import type { Task, TaskRequest } from '../tasks.ts';
import type { Work } from '../work.ts';

export type InstanceAction = 'start' | 'stop' | 'restart' | 'recreate';

export interface ActionOptions {
  /** `stop` alone: the VM goes too. */
  readonly hard?: boolean;
  /** `recreate` alone: an agent that does not answer is not asked. */
  readonly ignoreUnresponsive?: boolean;
}

/** Who asks for a task. */
export type Asker = Pick<TaskRequest, 'user' | 'contextId'>;

/** `POST …/actions/<action>`: one instance, and nothing else of its deployment (`--no-converge`). */
export function changeInstance(
  director: Director,
  asker: Asker,
  instance: Instance,
  action: InstanceAction,
  { hard = false, ignoreUnresponsive = false }: ActionOptions = {},
): Task {
  const { deployment } = instance;
  const request = { ...asker, deployment, type: 'update_instance', description: `${action} instance` };
  return enqueueLocked(director, request, async (work) => {
    refuseIgnored(instance);
    const stage = work.stage(`Updating instance ${titleOf(instance)}`);
    const stop = async (away: boolean) => {
      if (instance.state === 'detached' || (instance.state === 'stopped' && !away)) return;
      const responsive = !ignoreUnresponsive;
      await stage.track('Stopping instance', () => stopJobs(director, work, instance, responsive));
      if (!away) return;
      await stage.track('Deleting VM', () => detach(director, work, instance, responsive));
    };
    const start = async () => {
      if (instance.vm === undefined) await stage.track('Creating VM', () => createVm(director, work, instance));
      if (instance.state !== 'started')
        await stage.track('Starting instance', () => startJobs(director, work, instance));
    };
    if (action === 'stop') await stop(hard);
    else if (action === 'start') await start();
    else {
      await logInstance(work, instance, action, async () => {
        await stop(action === 'recreate');
        await start();
      });
    }
    return nameOf(instance);
  });
}

/** Drains an instance and stops its jobs. @param responsive whether its agent must answer */
export async function stopJobs(director: Director, work: Work, instance: Instance, responsive: boolean): Promise<void> {
  work.checkpoint();
  await logInstance(work, instance, 'stop', async () => {
    if (responsive && instance.vm !== undefined) await askAgent(director, instance, 'get_state');
    instance.state = 'stopped';
  });
}

/** Deletes the VM of a stopped instance. */
export async function detach(director: Director, work: Work, instance: Instance, responsive: boolean): Promise<void> {
  work.checkpoint();
  await deleteVm(director, work, instance, responsive);
  instance.state = 'detached';
}

export async function startJobs(director: Director, work: Work, instance: Instance): Promise<void> {
  work.checkpoint();
  await logInstance(work, instance, 'start', async () => {
    // a Director says so as soon as it begins
    instance.state = 'started';
    await applyJobs(director, instance);
  });
}

function logInstance(work: Work, instance: Instance, action: string, act: () => Promise<void>): Promise<void> {
  const name = nameOf(instance);
  return work.logged({ action, object: 'instance', name, instance: name }, act);
}

/** States an operator can ask for through a deployment. */
export const wantedStates = ['started', 'stopped', 'detached', 'restart', 'recreate'] as const;

export type WantedState = InstanceState | 'restart' | 'recreate';
