import type { Clock } from './clock.ts';
import type { Director, Machine } from './director.ts';
import { deployments, type Instance, instancesOf } from './plan.ts';

/** What the director has deployed: changed in place as machines come and go. */
export type Deployed = Machine[];

/** How many machines a director makes at a time. */
const IN_FLIGHT = 8;

/** Deploys everything, each deployment at its time; what was deployed first is the oldest. */
export async function deployFoundation(director: Director, clock: Clock): Promise<Deployed> {
  const deployed: Deployed = [];
  for (const deployment of deployments) {
    clock.setBack(deployment.hoursAgo);
    const stemcell = await director.uploadStemcell(deployment.stemcell);
    const waiting = [...instancesOf(deployment)];
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await make(next);
    };
    const make = async (instance: Instance) => void deployed.push(await director.create(instance, stemcell));
    await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  }
  clock.setBack(0);
  return deployed.sort((a, b) => order(a).localeCompare(order(b)));
}

/** Workers end in another order every time. */
function order({ instance: { deployment, group, index } }: Machine): string {
  return `${deployment.name} ${group.name} ${index}`;
}
