import { setTimeout as sleep } from 'node:timers/promises';
import { agentContainer } from '../../bosh/labels.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';
import { exec } from '../../kubernetes/exec.ts';
import type { Planned } from '../model.ts';
import { prepare } from '../perform.ts';
import { rights } from '../rights.ts';
import { type ActionSite, sessionOf } from '../site.ts';
import type { ActionSubject } from '../subject.ts';
import { heardAgain } from './heard.ts';
import { readVm, requireRunning } from './state.ts';

/** How long an agent may take to come up again, in milliseconds. */
const agentMs = 90_000;

/**
 * Ends the agent of a running machine; its supervisor starts it again. The jobs run on.
 * @throws RefusedError
 */
export function planRestartAgent(site: ActionSite, subject: ActionSubject): Promise<Planned> {
  return prepare(site, async () => {
    const state = await readVm(site, subject);
    requireRunning(state);
    const { vm, label, namespace, about } = state;
    return {
      action: 'restart-agent',
      about,
      event: 'AgentRestarted',
      plan: {
        title: `Restart the agent of ${label}`,
        through: 'kubernetes',
        interrupts: undefined,
        loses: undefined,
        confirm: undefined,
        undo: undefined,
      },
      steps: [
        {
          verb: 'agent',
          object: `pods/${vm}`,
          what: 'ends bosh-agent, which its supervisor starts again; the jobs run on',
          act: async ({ cluster }) => await endAgent(cluster, vm),
        },
        {
          verb: 'wait',
          object: label,
          what: 'its agent is up',
          act: async ({ cluster }) => await awaitAgent(cluster, vm),
        },
        ...(await heardAgain(site, state, state.told.deployment ?? subject.deployment)),
      ],
      needs: [...rights(namespace, { pods: 'get', 'pods/exec': 'get create', secrets: 'get' })],
      async prove() {
        const { cluster } = sessionOf(site, namespace);
        const up = await isUp(cluster, vm);
        return { done: up, proof: [up ? `The agent of ${label} is up` : `The agent of ${label} is not up`] };
      },
    };
  });
}

/** By the process's exact name, the oldest: an agent starts helpers of its own. By SIGKILL: one that hangs takes no notice of anything else. */
async function endAgent(cluster: Cluster, vm: string): Promise<string> {
  const { stderr, exitCode } = await exec(cluster, vm, agentContainer, ['pkill', '-KILL', '-o', '-x', 'bosh-agent']);
  // 1: there is none, and its supervisor is at it
  if (exitCode > 1) throw new Error(stderr.toString().trim() || `pkill ended with ${exitCode}`);
  return exitCode === 0 ? 'ended' : 'there was none';
}

async function awaitAgent(cluster: Cluster, vm: string): Promise<string> {
  const deadline = Date.now() + agentMs;
  // the probe may still see the one that is ending
  for (let pauseMs = 200; ; pauseMs = 1000) {
    await sleep(pauseMs);
    if (await isUp(cluster, vm)) return 'up';
    if (Date.now() > deadline)
      throw new Error(`the agent is not up after ${agentMs / 1000} s: see its log, or reboot the VM`);
  }
}

/** As the machine's startup probe asks. */
async function isUp(cluster: Cluster, vm: string): Promise<boolean> {
  const { exitCode } = await exec(cluster, vm, agentContainer, ['/bin/bash', '/bosh-cpi/agent-up']);
  return exitCode === 0;
}
