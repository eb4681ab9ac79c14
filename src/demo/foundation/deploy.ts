import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Director, Machine } from './director.ts';
import { HOUR_MS, longAgo } from './past.ts';
import { deployments, type Instance, instancesOf } from './plan.ts';

/** What the director has deployed: changed in place as machines come and go. */
export type Deployed = Machine[];

/** How many machines a director makes at a time. */
const IN_FLIGHT = 8;

/** Deploys everything; what a deployment made is then as old as it. */
export async function deployFoundation(sandbox: Sandbox, director: Director): Promise<Deployed> {
  const deployed: Deployed = [];
  for (const deployment of deployments) {
    const { hoursAgo } = deployment;
    const at = Date.now() - hoursAgo * HOUR_MS;
    const stemcell = await director.uploadStemcell(deployment.stemcell);
    const waiting = [...instancesOf(deployment)];
    const make = async (instance: Instance) => {
      const create = () => director.create(instance, stemcell, { at });
      deployed.push(await longAgo(sandbox, hoursAgo, create, ({ vm, disk }) => [vm, disk]));
    };
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await make(next);
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  }
  return deployed.sort((a, b) => order(a).localeCompare(order(b)));
}

/** Workers end in another order every time. */
function order({ instance: { deployment, group, index } }: Machine): string {
  return `${deployment.name} ${group.name} ${index}`;
}
