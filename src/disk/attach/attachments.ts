import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { CloudError } from '../../bosh/cloud-error.ts';
import { attachedToLabel } from '../../bosh/labels.ts';
import type { Session } from '../../bosh/session.ts';
import { isAlreadyExists, isNotFound } from '../../kubernetes/errors.ts';
import { beingDeleted, type RecordedDisk, readRecord, type StoredRecord } from '../../vm/record.ts';
import { removePod } from '../../vm/remove-pod.ts';
import { readClaim } from '../claim.ts';
import { describeUser } from '../users.ts';
import {
  type AttachmentOwner,
  attachmentCommand,
  attachmentName,
  attachmentOf,
  claimOf,
  nodeOf,
} from './attachment.ts';
import { ensureAttachmentBudget, removeAttachmentBudget } from './attachment-budget.ts';
import { awaitMounted, inAttachment, releaseAttachment } from './mount.ts';

/**
 * Makes a machine's attachments what its record asks for: those of disks that it has no more, and those on another node, go; those that are missing are made.
 * Returns when the disks are mounted on the node. Like all of a machine, this goes on from whatever a killed call left.
 * @param node name of the machine's node; while it has none, attachments only go
 * @throws CloudError that says why a disk cannot be mounted, or who still uses one that is to go
 */
export async function settleAttachments(
  session: Session,
  vm: string,
  stored: StoredRecord,
  node: string | undefined,
): Promise<void> {
  const deadline = Date.now() + session.timeouts.attach_disk * 1000;
  const there = await attachmentsOf(session, vm);
  const isRight = (pod: V1Pod, now: StoredRecord) =>
    pod.metadata?.deletionTimestamp === undefined &&
    ownerOf(pod) === now.uid &&
    (node === undefined || nodeOf(pod) === node) &&
    wantedClaims(now).includes(claimOf(pod));
  let wrong = there.filter((pod) => !isRight(pod, stored));
  if (wrong.length > 0) {
    // read after the attachments: one that another call has made for its disk since is in this record
    const now = await readRecord(session, vm);
    wrong = wrong.filter((pod) => now === undefined || !isRight(pod, now));
  }
  await Promise.all(wrong.map((pod) => removeAttachment(session, vm, pod, deadline)));
  const wanted = wantedClaims(stored);
  if (wanted.length === 0) {
    if (wrong.length > 0 || (stored.record.leaving ?? []).length > 0) await removeAttachmentBudget(session, stored.uid);
    return;
  }
  if (node === undefined) return;
  const right = there.filter((pod) => !wrong.includes(pod));
  if (right.length < wanted.length) await ensureAttachmentBudget(session, vm, stored);
  await Promise.all(
    wanted.map(async (claim) => {
      const pod = right.find((each) => claimOf(each) === claim);
      await awaitMounted(session, pod ?? (await makeAttachment(session, vm, stored, claim, node, deadline)), deadline);
    }),
  );
}

/** Claims that are to be attached by attachments. */
function wantedClaims({ record }: StoredRecord): readonly string[] {
  return record.attach === 'hotplug' && record.phase !== 'deleting' ? record.disks.map(({ claim }) => claim) : [];
}

/**
 * Removes all attachments of a machine whose pod is gone. One that somebody killed is made again first: only an attachment takes its mount off the node.
 * @throws CloudError when a disk is still used
 */
export async function removeAttachments(
  session: Session,
  vm: string,
  stored: StoredRecord,
  deadline: number,
): Promise<void> {
  const { disks } = stored.record;
  // a VM made anew under the name has attachments of its own
  const there = (await attachmentsOf(session, vm)).filter((pod) => ownerOf(pod) === stored.uid);
  const lost = disks.filter(({ claim, node }) => node !== undefined && !there.some((pod) => claimOf(pod) === claim));
  const again = await Promise.all(lost.map((disk) => attachAgain(session, vm, stored, disk)));
  const all = [...there, ...again.filter((pod) => pod !== undefined)];
  await Promise.all(all.map((pod) => removeAttachment(session, vm, pod, deadline, 'last')));
  if (all.length > 0 || disks.length > 0) await removeAttachmentBudget(session, stored.uid);
}

/** Makes an attachment for the sake of the mount that an earlier one may have left. A node that takes none any more has no mounts either. */
async function attachAgain(
  session: Session,
  vm: string,
  stored: StoredRecord,
  { claim, node = '' }: RecordedDisk,
): Promise<V1Pod | undefined> {
  // a claim that is gone could not be mounted
  if ((await readClaim(session, claim)) === undefined) return undefined;
  session.log(`the attachment of ${claim} is gone: making it again, to take its mount off ${node}`);
  const pod = await createAttachment(session, vm, stored, claim, node);
  if (pod === undefined) return undefined;
  try {
    return await awaitMounted(session, pod, Date.now() + session.timeouts.attach_disk * 1000);
  } catch (error) {
    session.log(`going on without: ${(error as Error).message}`);
    return pod;
  }
}

/** UID of the record that an attachment was made for. */
function ownerOf({ metadata }: V1Pod): string | undefined {
  return metadata?.ownerReferences?.[0]?.uid;
}

/** Attachments of a machine, also those on their way out. */
async function attachmentsOf(session: Session, vm: string): Promise<readonly V1Pod[]> {
  const { core, namespace } = session.cluster;
  return (await core.listNamespacedPod({ namespace, labelSelector: `${attachedToLabel}=${vm}` })).items;
}

/** Makes an attachment once its name is free, and takes it back should the record not want it any more by then. */
async function makeAttachment(
  session: Session,
  vm: string,
  stored: StoredRecord,
  claim: string,
  node: string,
  deadline: number,
): Promise<V1Pod> {
  for (;;) {
    const pod = await createAttachment(session, vm, stored, claim, node);
    if (pod !== undefined) {
      const now = await readRecord(session, vm);
      if (now?.uid === stored.uid && wantedClaims(now).includes(claim)) return pod;
      await removeAttachment(session, vm, pod, deadline);
      throw now === undefined || now.record.phase === 'deleting'
        ? beingDeleted(vm)
        : new CloudError('CloudError', `disk ${claim} was detached from ${vm} by another call`);
    }
    const { core, namespace } = session.cluster;
    const other = await core.readNamespacedPod({ name: attachmentName(claim), namespace }).catch((error) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    if (other === undefined) continue;
    const gone = other.metadata?.deletionTimestamp !== undefined;
    if (!gone && ownerOf(other) === stored.uid && nodeOf(other) === node) return other;
    if (!gone && other.metadata?.labels?.[attachedToLabel] !== vm)
      throw new CloudError('CloudError', `disk ${claim} is in use by ${describeUser(other)}: detach it there first`);
    await removePod(session, other, deadline);
  }
}

/**
 * Asks the API server whether it would take an attachment, without making it.
 * @throws ApiError as the real creation would
 */
export async function dryRunAttachment(
  session: Session,
  vm: string,
  owner: AttachmentOwner,
  claim: string,
): Promise<void> {
  const { core, namespace } = session.cluster;
  const pod = attachmentOf(session, vm, owner, claim, 'any');
  const body = { ...pod, metadata: { ...pod.metadata, name: `${pod.metadata?.name}-dry-run` } };
  await core.createNamespacedPod({ namespace, body, dryRun: 'All' });
}

/** A new attachment; undefined when its name is taken. */
async function createAttachment(
  session: Session,
  vm: string,
  stored: StoredRecord,
  claim: string,
  node: string,
): Promise<V1Pod | undefined> {
  const { core, namespace } = session.cluster;
  try {
    return await core.createNamespacedPod({ namespace, body: attachmentOf(session, vm, stored, claim, node) });
  } catch (error) {
    if (isAlreadyExists(error)) return undefined;
    throw error;
  }
}

/** Removes an attachment, its mount first. With `last`, also the machine's folder on the node: the machine's pod is gone. */
export async function removeAttachment(
  session: Session,
  vm: string,
  pod: V1Pod,
  deadline: number,
  last?: 'last',
): Promise<void> {
  await releaseAttachment(session, vm, pod, deadline);
  if (last !== undefined) {
    // an empty folder on a volatile file system, should it stay
    await inAttachment(session, pod, attachmentCommand('forget', vm)).catch((error: Error) =>
      session.log(`the folder of ${vm} on its node stays: ${error.message}`),
    );
  }
  await removePod(session, pod, deadline);
}
