import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { CloudError } from '../../bosh/cloud-error.ts';
import { agentContainer } from '../../bosh/labels.ts';
import type { Session } from '../../bosh/session.ts';
import { exec } from '../../kubernetes/exec.ts';
import { carryState, readAgentState } from '../../vm/agent-state.ts';
import { converge, readPod } from '../../vm/converge.ts';
import { diskMountPath } from '../../vm/pod.ts';
import { hasRunningContainer } from '../../vm/readiness.ts';
import { beingDeleted, type RecordedDisk, requireRecord, updateRecord, withDisks, without } from '../../vm/record.ts';
import { releaseScript } from '../../vm/scripts.ts';
import { readClaim } from '../claim.ts';
import { dryRunAttachment, removeAttachment } from './attachments.ts';
import { attachmentFor, inUse, releaseAttachment } from './mount.ts';
import type { AttachStrategy } from './strategy.ts';

/**
 * Strategy `hotplug`: an attachment on the machine's node brings the disk into the machine, whose pod stays as it is (docs/disks.md).
 *
 * The record says what shall be before anything is made, and a disk is off its node before the record forgets it: so whoever comes after a killed call finishes,
 * and no mount is left that nobody knows of.
 */
export const hotplug: AttachStrategy = {
  async attach(session, vm, disk) {
    const stored = await requireRecord(session, vm);
    // a change that the API server refuses must leave no trace
    await dryRunAttachment(session, vm, stored, disk.claim);
    await changeDisks(session, vm, (disks) => [...without(disks, disk), disk]);
    try {
      await converge(session, vm);
      await ensureVisible(session, vm, disk);
    } catch (error) {
      session.log(`attach_disk failed, taking the disk back: ${(error as Error).message}`);
      await takeBack(session, vm, disk).catch((left: Error) =>
        session.log(`disk ${disk.claim} stays with ${vm}: ${left.message}`),
      );
      throw error;
    }
  },

  async detach(session, vm, disk) {
    await releaseInMachine(session, vm, disk);
    const attachment = await attachmentToRelease(session, vm, disk);
    if (attachment !== undefined) await releaseAttachment(session, vm, attachment, deadlineOf(session));
    await changeDisks(session, vm, (disks) => without(disks, disk));
    await converge(session, vm);
  },
};

/**
 * Makes sure that a machine sees a disk that its attachment has mounted. One whose mount somebody took away from outside is attached anew, once.
 * @throws CloudError when mounts do not come through to the machine
 */
export async function ensureVisible(session: Session, vm: string, disk: RecordedDisk): Promise<void> {
  if (await isVisible(session, vm, disk)) return;
  session.log(`disk ${disk.claim} is not in ${vm}: attaching it anew`);
  const attachment = await attachmentFor(session, vm, disk.claim);
  if (attachment !== undefined) {
    await removeAttachment(session, vm, attachment, deadlineOf(session));
  }
  await converge(session, vm);
  if (await isVisible(session, vm, disk)) return;
  throw new CloudError(
    'CloudError',
    `disk ${disk.claim} is mounted on the node of VM ${vm} and does not come through to it: reboot the VM (bosh restart does not; recreate it), or, when it is ` +
      'so with every machine of the node, its mounts are not shared (kubernetes.io, "Mount propagation"): set disks.attach to recreate',
  );
}

async function isVisible(session: Session, vm: string, { claim }: RecordedDisk): Promise<boolean> {
  const { exitCode } = await exec(session.cluster, vm, agentContainer, ['mountpoint', '-q', diskMountPath(claim)]);
  return exitCode === 0;
}

/** The attachment of a disk; one that somebody killed is made again first, since only an attachment takes its mount off the node. */
async function attachmentToRelease(session: Session, vm: string, { claim }: RecordedDisk): Promise<V1Pod | undefined> {
  const attachment = await attachmentFor(session, vm, claim);
  if (attachment !== undefined || (await readClaim(session, claim)) === undefined) return attachment;
  session.log(`the attachment of ${claim} is gone: making it again, to take its mount off the node`);
  await converge(session, vm);
  return await attachmentFor(session, vm, claim);
}

/** Unmounts a disk in the machine: an agent that lacks the right view of its mounts leaves the store mounted. Nothing is unmounted that is in use. */
export async function releaseInMachine(session: Session, vm: string, { claim }: RecordedDisk): Promise<void> {
  const pod = await readPod(session, vm);
  if (pod === undefined || !hasRunningContainer(pod) || pod.metadata?.deletionTimestamp !== undefined) return;
  const { stdout, stderr, exitCode } = await exec(session.cluster, vm, agentContainer, [
    '/bin/bash',
    '-c',
    releaseScript,
    'release',
    claim,
  ]);
  if (exitCode !== 0) throw inUse(vm, claim, exitCode, `${stdout}${stderr}`);
}

/** Writes a machine's disks into its record, and the agent's files with them: should the pod ever be made anew, its agent needs them. */
async function changeDisks(
  session: Session,
  vm: string,
  change: (disks: readonly RecordedDisk[]) => readonly RecordedDisk[],
): Promise<void> {
  const pod = await readPod(session, vm);
  const read = pod === undefined ? {} : await readAgentState(session, pod);
  await updateRecord(session, vm, ({ record, agentState }) => {
    if (record.phase === 'deleting') throw beingDeleted(vm);
    const next = withDisks(record, change(record.disks));
    return { record: next, agentState: carryState(agentState, read, next.disks) };
  });
}

/** Undoes an attach that failed: the disk is not the machine's, and nothing holds it. */
async function takeBack(session: Session, vm: string, disk: RecordedDisk): Promise<void> {
  const attachment = await attachmentFor(session, vm, disk.claim);
  if (attachment !== undefined) {
    await removeAttachment(session, vm, attachment, deadlineOf(session));
  }
  await updateRecord(session, vm, ({ record }) => ({ record: { ...record, disks: without(record.disks, disk) } }));
}

function deadlineOf(session: Session): number {
  return Date.now() + session.timeouts.attach_disk * 1000;
}
