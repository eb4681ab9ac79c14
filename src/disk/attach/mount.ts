import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { CloudError } from '../../bosh/cloud-error.ts';
import { attachedToLabel } from '../../bosh/labels.ts';
import type { Session } from '../../bosh/session.ts';
import { isNotFound } from '../../kubernetes/errors.ts';
import { exec } from '../../kubernetes/exec.ts';
import { FollowTimeout, follow } from '../../kubernetes/follow.ts';
import { asKnown, podEvents, podsOf } from '../../vm/await-ready.ts';
import { hasRunningContainer, judgePod } from '../../vm/readiness.ts';
import { attachmentCommand, attachmentContainer, attachmentName, claimOf } from './attachment.ts';

/** Exit status of the scripts for a disk that somebody still uses (EBUSY). */
const busyStatus = 16;
/** How often an attachment is asked that does not answer, a second apart: a container comes back in less. */
const releaseAttempts = 10;
/** How often a wait for an attachment looks at its events, in milliseconds. */
const lookMs = 5_000;

/**
 * Waits until an attachment has its disk mounted.
 * @returns the attachment, Ready
 * @throws CloudError with the reason when it cannot, or not in time
 */
export async function awaitMounted(session: Session, pod: V1Pod, deadline: number): Promise<V1Pod> {
  const { name = '', uid } = pod.metadata ?? {};
  const unscheduled = Date.now() + session.timeouts.unschedulable * 1000;
  let reason = '';
  for (let known: ReturnType<typeof asKnown> | undefined = asKnown(pod); ; known = undefined) {
    try {
      return await follow<V1Pod, V1Pod>(session.cluster, podsOf(session), name, {
        timeoutMs: Math.min(lookMs, Math.max(1, deadline - Date.now())),
        ...(known !== undefined && { known }),
        decide: (now) => {
          if (now?.metadata?.uid !== uid) throw notMounted(pod, 'the attachment was deleted meanwhile', true);
          const readiness = judgePod(now as V1Pod, 'the disk is not mounted yet');
          if (readiness.state === 'ready') return now;
          if (readiness.state === 'failed') throw notMounted(pod, readiness.reason, readiness.retriable);
          if (readiness.reason !== reason) session.log(`pod ${name}: ${readiness.reason}`);
          reason = readiness.reason;
          if (readiness.unschedulable && Date.now() > unscheduled) throw notMounted(pod, reason, true);
          return undefined;
        },
      });
    } catch (error) {
      if (!(error instanceof FollowTimeout)) throw error;
      const { warning } = await podEvents(session, pod);
      const told = [reason, warning].filter(Boolean).join('; ');
      if (Date.now() >= deadline) {
        throw notMounted(pod, `not mounted after ${session.timeouts.attach_disk} s: ${told}`, true);
      }
      if (warning !== undefined) session.log(`pod ${name}: ${warning}`);
    }
  }
}

function notMounted(pod: V1Pod, reason: string, okToRetry: boolean): CloudError {
  const message = `disk ${claimOf(pod)} cannot be mounted: pod ${pod.metadata?.name}: ${reason}`;
  return new CloudError('CloudError', message, { okToRetry });
}

/**
 * Takes a disk's mount off the node through its attachment, which stays. One whose container was ended is waited for: what it had mounted is still there.
 * @param deadline in milliseconds since the epoch
 * @throws CloudError when somebody still uses the disk, or the attachment cannot be reached
 */
export async function releaseAttachment(session: Session, vm: string, first: V1Pod, deadline: number): Promise<void> {
  const claim = claimOf(first);
  for (let pod = first, attempt = 1; ; attempt++) {
    if (pod.metadata?.deletionTimestamp !== undefined || !hasRun(pod)) return;
    if (!hasRunningContainer(pod)) pod = await awaitMounted(session, pod, deadline);
    try {
      const { stdout, stderr, exitCode } = await inAttachment(session, pod, attachmentCommand('release', vm, claim));
      if (exitCode === 0) return;
      throw inUse(vm, claim, exitCode, `${stdout}${stderr}`);
    } catch (error) {
      if (error instanceof CloudError || attempt >= releaseAttempts || Date.now() > deadline) throw error;
      // its container may have ended a moment ago, which its status does not tell yet
      session.log(`attachment of ${claim}: ${(error as Error).message}`);
      await sleep(1000);
      const now = await attachmentFor(session, vm, claim);
      if (now === undefined) return;
      pod = now;
    }
  }
}

/** Whether an attachment may have mounted its disk, now or in an earlier life of its container. */
function hasRun(pod: V1Pod): boolean {
  const ended = pod.status?.containerStatuses?.some(
    ({ restartCount, state, lastState }) =>
      restartCount > 0 || state?.terminated !== undefined || lastState?.terminated !== undefined,
  );
  return hasRunningContainer(pod) || ended === true;
}

/**
 * The error for a disk that cannot be unmounted.
 * @param exitCode of one of the scripts
 * @param output of it: who uses the disk
 */
export function inUse(vm: string, claim: string, exitCode: number, output: string): CloudError {
  const said = output.trim().replaceAll('\n', ', ');
  if (exitCode !== busyStatus) {
    return new CloudError(
      'CloudError',
      `disk ${claim} cannot be unmounted from VM ${vm}: ${said || `status ${exitCode}`}`,
      {
        okToRetry: true,
      },
    );
  }
  return new CloudError(
    'CloudError',
    `disk ${claim} is still in use on VM ${vm}${said && ` (${said})`}: stop what uses it, then repeat the call`,
    { okToRetry: true },
  );
}

/** Runs a command in an attachment. */
export async function inAttachment(session: Session, pod: V1Pod, command: readonly string[]) {
  return await exec(session.cluster, pod.metadata?.name ?? '', attachmentContainer, command);
}

/** The attachment of a disk to a machine; undefined when it has none. */
export async function attachmentFor(session: Session, vm: string, claim: string): Promise<V1Pod | undefined> {
  const { core, namespace } = session.cluster;
  try {
    const pod = await core.readNamespacedPod({ name: attachmentName(claim), namespace });
    return pod.metadata?.labels?.[attachedToLabel] === vm ? pod : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
