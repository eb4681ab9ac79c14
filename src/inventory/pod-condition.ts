import type { Pod } from '../kubernetes/objects.ts';
import type { Health } from './model.ts';
import { isReady } from './pod-state.ts';

/** How a pod does by its own account, and until when that holds if nothing changes. */
export interface Condition {
  readonly health: Health;
  readonly reason?: string;
  /** From then on, in milliseconds since 1970, it is a problem, and why. */
  readonly turns?: { readonly at: number; readonly reason: string };
}

/** How a pod does now: what was under way may have taken too long. @param now milliseconds since 1970 */
export function conditionAt({ health, reason, turns }: Condition, now: number): Omit<Condition, 'turns'> {
  if (turns !== undefined && now >= turns.at) return { health: 'problem', reason: turns.reason };
  return { health, ...(reason !== undefined && { reason }) };
}

/** How long after its grace a pod may still be Terminating: the kubelet has volumes to unmount. */
const terminatingMs = 60_000;

/** How long a machine may be on its way before a person should look: twice create_vm's own patience. */
const startingMs = 600_000;

/** Waiting reasons that time alone does not mend, and what they come to. */
const dead: Readonly<Record<string, string>> = {
  ErrImagePull: 'its image cannot be pulled',
  ImagePullBackOff: 'its image cannot be pulled',
  InvalidImageName: 'its image has no legal name',
  ErrImageNeverPull: 'its image is not on the node and may not be pulled',
  CrashLoopBackOff: 'its container ends again and again',
  CreateContainerConfigError: 'its container cannot be configured',
  CreateContainerError: 'its container cannot be made',
  RunContainerError: 'its container cannot be started',
};

/** States in which an image is not to be had. */
export function isPullError(state: string): boolean {
  return /(ErrImage|ImagePullBackOff|InvalidImageName)/.test(state);
}

/** What a pod is there for, in the words for its being missing while the container runs. */
export interface Purpose {
  readonly missing: string;
  readonly missed: string;
}

const machine: Purpose = { missing: 'the agent is not up yet', missed: 'the agent has not come up' };

export function podCondition(pod: Pod, { missing, missed }: Purpose = machine): Condition {
  const { metadata = {}, status = {} } = pod;
  if (metadata.deletionTimestamp !== undefined) return terminating(Date.parse(metadata.deletionTimestamp));
  if (status.phase === 'Failed' || status.phase === 'Succeeded') {
    const why = status.message ?? status.reason ?? 'its containers have ended';
    return problem(`The pod is over (${status.reason ?? status.phase}): ${why}`);
  }
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  for (const { state, lastState } of statuses) {
    const { reason = '', message } = state?.waiting ?? {};
    const what = dead[reason];
    if (what === undefined) continue;
    const { exitCode, reason: ended } = lastState?.terminated ?? {};
    const last = exitCode === undefined ? '' : ` (last with exit code ${exitCode}, ${ended ?? 'Error'})`;
    return problem(`${reason}: ${what}${last}${message === undefined || exitCode !== undefined ? '' : `: ${message}`}`);
  }
  const scheduled = status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    return problem(
      `No node takes it (${scheduled.reason ?? 'Unschedulable'}): ${scheduled.message ?? 'no reason given'}`,
    );
  }
  if (isReady(status.conditions)) return { health: 'ok' };
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const since = Date.parse(ready?.lastTransitionTime ?? metadata.creationTimestamp ?? '') || Date.now();
  const isUp = statuses.length > 0 && statuses.every(({ state }) => state?.running !== undefined);
  const reason = isUp ? `Its container runs, ${missing}` : 'It is being started';
  const late = isUp ? `Its container runs, but ${missed} for 10 minutes` : 'It has not started for 10 minutes';
  return { health: 'busy', reason, turns: { at: since + startingMs, reason: late } };
}

/** @param until when its grace is over: Kubernetes sets the time ahead */
function terminating(until: number): Condition {
  const reason = 'Terminating for longer than its grace: its node may be gone, or a volume cannot be unmounted';
  return { health: 'busy', reason: 'It is being deleted', turns: { at: until + terminatingMs, reason } };
}

function problem(reason: string): Condition {
  return { health: 'problem', reason };
}
