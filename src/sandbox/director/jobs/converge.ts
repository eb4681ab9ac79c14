import { type Director, enqueueLocked } from '../director.ts';
import { createVm, refuseIgnored } from '../machine.ts';
import { type Deployment, type Instance, nameOf, titleOf } from '../model.ts';
import type { Task } from '../tasks.ts';
import type { Work } from '../work.ts';
import { type Asker, detach, startJobs, stopJobs, type WantedState } from './instance.ts';

/**
 * `PUT /deployments/:d/jobs/…?state=`: brings instances to a state as a deploy does, one after the other.
 * @param fix whether agents that do not answer are left out of it
 */
export function convergeInstances(
  director: Director,
  asker: Asker,
  { name }: Deployment,
  instances: readonly Instance[],
  wanted: WantedState,
  fix: boolean,
): Task {
  const request = { ...asker, deployment: name, type: 'update_deployment', description: 'create deployment' };
  return enqueueLocked(director, request, async (work) => {
    const preparing = work.stage('Preparing deployment', 1);
    for (const step of ['Preparing deployment', 'Rendering templates'])
      await preparing.track(step, async () => undefined);
    const compiling = work.stage('Preparing package compilation', 1);
    await compiling.track('Finding packages to compile', async () => undefined);
    const groups = new Map<string, Instance[]>();
    for (const instance of instances) groups.set(instance.group, [...(groups.get(instance.group) ?? []), instance]);
    await work.logged({ action: 'update', object: 'deployment', name }, async () => {
      for (const [group, members] of groups) {
        const stage = work.stage('Updating instance', members.length, [group]);
        for (const [at, instance] of members.entries()) {
          if (isThere(instance, wanted)) continue;
          refuseIgnored(instance);
          const title = `${titleOf(instance)}${at === 0 ? ' (canary)' : ''}`;
          await stage.track(title, (advance) => converge(director, work, instance, wanted, fix, advance));
        }
      }
    });
    return `/deployments/${name}`;
  });
}

function isThere({ state }: Instance, wanted: WantedState): boolean {
  return state === wanted || (state === 'detached' && wanted === 'stopped');
}

async function converge(
  director: Director,
  work: Work,
  instance: Instance,
  wanted: WantedState,
  fix: boolean,
  advance: (progress: number, status: string) => void,
): Promise<void> {
  const context = { az: instance.zone, changes: ['state'] };
  const about = { object_type: 'instance', object_name: nameOf(instance), instance: nameOf(instance) };
  const parent = work.log({ ...about, action: 'update', deployment: instance.deployment, context });
  // recreate and restart keep what an operator stopped stopped
  const after = wanted === 'restart' || wanted === 'recreate' ? instance.state : wanted;
  const away = wanted === 'detached' || wanted === 'recreate';
  if (instance.state === 'started') {
    for (const [progress, status] of stopping) advance(progress, status);
    await stopJobs(director, work, instance, !fix);
  }
  if (away && instance.vm !== undefined) {
    advance(35, 'deleting VM');
    await detach(director, work, instance, !fix);
  }
  if (after !== 'detached' && instance.vm === undefined) {
    advance(45, 'creating VM');
    await createVm(director, work, instance);
  }
  instance.state = after;
  if (after === 'started') {
    for (const [progress, status] of starting) advance(progress, status);
    await startJobs(director, work, instance);
    advance(100, 'executing post-start');
  }
  work.log({ ...about, action: 'update', deployment: instance.deployment, parent_id: parent, context: {} });
}

const stopping = [
  [5, 'executing pre-stop'],
  [10, 'executing drain'],
  [30, 'stopping jobs'],
  [40, 'executing post-stop'],
] as const;

const starting = [
  [50, 'installing packages'],
  [60, 'configuring jobs'],
  [70, 'executing pre-start'],
  [90, 'starting jobs'],
] as const;
