import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { parseCid } from '../bosh/cid.ts';
import { CloudError } from '../bosh/cloud-error.ts';
import { agentContainer } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { exec } from '../kubernetes/exec.ts';
import { readPod } from './converge.ts';
import { hasRunningContainer } from './readiness.ts';
import type { RecordedDisk } from './record.ts';

/**
 * Files of an agent that must survive a new pod, by their key in the record:
 * - update_settings.json: the permanent NATS certificate; without it the machine is lost, since its bootstrap user is gone by then
 * - records.json: BOSH DNS, sent once by broadcast
 * - persistent_disk_hints.json, managed_disk_settings.json: which disk is the store
 * Source: bosh-agent settings/file_service and cloudfoundry/bosh, bosh-nats-sync.
 */
export type AgentState = Readonly<Record<string, string>>;

const paths: Readonly<Record<string, string>> = {
  'update_settings.json': '/var/vcap/bosh/update_settings.json',
  'records.json': '/var/vcap/instance/dns/records.json',
  'persistent_disk_hints.json': '/var/vcap/bosh/persistent_disk_hints.json',
  'managed_disk_settings.json': '/var/vcap/bosh/managed_disk_settings.json',
};

/**
 * Reads the agent's files out of a running machine.
 * @returns the files that are there; empty when its container does not run: then what was saved before is all there is
 * @throws CloudError when the container runs and cannot be read: recreating it would lose the machine
 */
export async function readAgentState(session: Session, pod: V1Pod): Promise<AgentState> {
  const name = pod.metadata?.name ?? '';
  if (!hasRunningContainer(pod) || pod.metadata?.deletionTimestamp !== undefined) {
    session.log(`pod ${name} runs no container: keeping the agent state saved before`);
    return {};
  }
  const files = await Promise.all(
    Object.entries(paths).map(async ([key, path]) => {
      try {
        const { stdout, exitCode } = await exec(session.cluster, name, agentContainer, ['cat', path]);
        return exitCode === 0 ? ([key, stdout.toString()] as const) : undefined;
      } catch (error) {
        // a call beside this one has saved the state and is replacing the pod
        if (await isGoing(session, pod)) return undefined;
        throw new CloudError(
          'CloudError',
          `cannot save the agent's state of ${name}, so its pod stays as it is: ${(error as Error).message}`,
          {
            cause: error,
          },
        );
      }
    }),
  );
  return Object.fromEntries(files.filter((file) => file !== undefined));
}

/** Whether a pod is being deleted, or already another one. */
async function isGoing(session: Session, { metadata }: V1Pod): Promise<boolean> {
  const now = await readPod(session, metadata?.name ?? '');
  return now?.metadata?.uid !== metadata?.uid || now?.metadata?.deletionTimestamp !== undefined;
}

/**
 * The state that a new pod is given: what was read now over what was saved before, speaking only of disks that the new pod has.
 * An agent that finds a hint without its disk, or a managed disk without a hint, never comes up.
 */
export function carryState(saved: AgentState, read: AgentState, disks: readonly RecordedDisk[]): AgentState {
  const state: Record<string, string> = { ...saved };
  // a file cut short by a container's end would keep the agent from starting: bosh-agent reads them without mercy
  for (const [key, text] of Object.entries(read))
    if (key === 'managed_disk_settings.json' || isJson(text)) state[key] = text;
  const claims = new Set(disks.map((disk) => disk.claim));
  const hints = hintsIn(state['persistent_disk_hints.json']);
  if (hints === undefined) delete state['persistent_disk_hints.json'];
  else {
    const kept = Object.entries(hints).filter(([cid]) => claims.has(claimOf(cid)));
    state['persistent_disk_hints.json'] = JSON.stringify(Object.fromEntries(kept));
  }
  const managed = state['managed_disk_settings.json'];
  if (managed !== undefined && !claims.has(claimOf(managed.trim()))) delete state['managed_disk_settings.json'];
  return state;
}

/** Hints by disk CID; undefined for no file, or for one without any: an agent that has had no disk writes `null`. */
function hintsIn(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined || !isJson(text)) return undefined;
  const hints: unknown = JSON.parse(text);
  return typeof hints === 'object' && hints !== null ? (hints as Record<string, unknown>) : undefined;
}

function claimOf(cid: string): string {
  try {
    return parseCid(cid, 'disk').name;
  } catch {
    return '';
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
