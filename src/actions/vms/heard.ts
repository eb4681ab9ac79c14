import { setTimeout as sleep } from 'node:timers/promises';
import { isNamed } from '../director.ts';
import type { Step } from '../draft.ts';
import type { ActionSite } from '../site.ts';
import { instanceOfVm, type VmState } from './state.ts';

/** How long a Director may take to hear an agent that is up, and what it says of its jobs, in milliseconds: NATS learns of machines in turns. */
const heardMs = 60_000;

/**
 * The step that waits until the Director of a VM hears its agent: one that hangs, or that NATS refuses, is up as well.
 * @param wanted `running`: and that its jobs run, since an agent that has lost them answers too
 */
export function heardStep(
  site: ActionSite,
  { vm, label }: VmState,
  deployment: string,
  wanted: 'any' | 'running',
): Step {
  return {
    verb: 'wait',
    object: label,
    what: wanted === 'any' ? 'its Director hears its agent' : 'its Director hears its agent, and that its jobs run',
    async act() {
      const deadline = Date.now() + heardMs;
      for (;;) {
        const said = (await instanceOfVm(site, vm, deployment))?.scan?.jobState;
        if (said === wanted || (wanted === 'any' && said !== undefined && said !== 'unresponsive agent')) return said;
        if (Date.now() > deadline) {
          throw new Error(`the Director hears "${said}" of it: bosh -d ${deployment} recreate ${label} makes it whole`);
        }
        await sleep(2000);
      }
    },
  };
}

/** The same for an agent that is started again; none where no Director has the VM. */
export async function heardAgain(site: ActionSite, state: VmState, deployment: string | undefined) {
  if (site.director === undefined || deployment === undefined) return [];
  const known = await site.director.deployments();
  if (!known.some(({ name }) => name === deployment)) return [];
  const instances = await site.director.instances(deployment);
  const has = instances.some(({ cid }) => cid !== undefined && isNamed(cid, state.vm));
  return has ? [heardStep(site, state, deployment, 'any')] : [];
}
