import { enqueueLocked } from '../../sandbox/director/director.ts';
import { startJobs } from '../../sandbox/director/jobs/instance.ts';
import { createVm } from '../../sandbox/director/machine.ts';
import { type Instance, managedDisk, titleOf } from '../../sandbox/director/model.ts';
import type { Work } from '../../sandbox/director/work.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { deployer, type Foundation, manifestOf, recordInstance, uploadStemcell } from './director.ts';
import { HOUR_MS, longAgo } from './past.ts';
import { type Deployment, deployments, instancesOf } from './plan.ts';

/** How many machines a director makes at a time. */
const IN_FLIGHT = 8;

/** Deploys everything; what a deployment made is then as old as it. @throws Error when a deployment fails */
export async function deployFoundation(sandbox: Sandbox, foundation: Foundation): Promise<void> {
  for (const deployment of deployments) await deploy(sandbox, foundation, deployment);
}

/** Deploys one deployment, as a task of some time ago. */
export async function deploy(
  sandbox: Pick<Sandbox, 'backdate'>,
  foundation: Foundation,
  deployment: Deployment,
): Promise<void> {
  const { director } = foundation;
  const { name, hoursAgo } = deployment;
  const stemcell = await uploadStemcell(foundation, deployment.stemcell);
  const instances = instancesOf(deployment).map((instance) => recordInstance(instance, stemcell));
  const releases = [{ name, version: '1.0.0', jobs: deployment.groups.map((group) => group.name) }];
  director.deployments.set(name, { name, manifest: manifestOf(deployment, stemcell), releases, instances });
  const request = {
    user: deployer,
    type: 'update_deployment',
    description: 'create deployment',
    deployment: name,
    now: () => Date.now() - hoursAgo * HOUR_MS,
  };
  const task = enqueueLocked(director, request, async (work) => {
    const stage = work.stage('Creating missing vms', instances.length);
    const waiting = instances.values();
    const make = async () => {
      for (const instance of waiting) {
        await stage.track(titleOf(instance), () =>
          longAgo(
            sandbox,
            hoursAgo,
            () => bringUp(foundation, work, instance),
            () => [instance.vm?.cid, managedDisk(instance)?.cid],
          ),
        );
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, make));
    return `/deployments/${name}`;
  });
  await director.tasks.ended(task);
  if (task.state !== 'done') throw new Error(`deployment ${name} failed: ${task.result}`);
}

/** Makes an instance's VM and has its jobs run. */
export async function bringUp({ director }: Foundation, work: Work, instance: Instance): Promise<void> {
  await createVm(director, work, instance);
  await startJobs(director, work, instance);
}
