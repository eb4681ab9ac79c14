import { agentContainer } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { exec } from '../kubernetes/exec.ts';

/** How often an agent has ended itself in its machine, and what it said last. */
export interface AgentExits {
  readonly count: number;
  readonly reason: string;
}

/** The agent's log: a file under runit, the journal under systemd. */
const readLog =
  'tail -c 65536 /var/vcap/bosh/log/current 2>/dev/null; journalctl -t bosh-agent -n 400 -o cat 2>/dev/null; true';

/**
 * Why the agent of a running machine does not come up. An agent that cannot start ends, is started again, and only its log in the machine says why.
 * @returns undefined where it has not ended itself, or the machine cannot be read
 */
export async function readAgentExits(session: Session, vm: string): Promise<AgentExits | undefined> {
  try {
    const { stdout } = await exec(session.cluster, vm, agentContainer, ['/bin/bash', '-c', readLog], {
      timeoutMs: 5_000,
    });
    return agentExits(stdout.toString());
  } catch (error) {
    session.log(`the agent's log of ${vm} cannot be read: ${(error as Error).message}`);
    return undefined;
  }
}

/** Exits in an agent's log; pure. Source: bosh-agent main/agent.go, its two last words. */
export function agentExits(log: string): AgentExits | undefined {
  const exits = log.match(/(?:Agent exited with error: |App setup ).*/g) ?? [];
  const last = exits.at(-1);
  return last === undefined ? undefined : { count: exits.length, reason: last.trim().slice(0, 500) };
}
