import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { generationAnnotation, recordAnnotation } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { settleAttachments } from '../disk/attach/attachments.ts';
import { placeWithDisks } from '../disk/attach/placement.ts';
import { isAlreadyExists, isNotFound } from '../kubernetes/errors.ts';
import { mergePatch } from '../kubernetes/patch.ts';
import { awaitReady } from './await-ready.ts';
import { balanceBudget } from './disruption-budget.ts';
import { podOf } from './pod.ts';
import { beingDeleted, readRecord, requireRecord, type StoredRecord, updateRecord, type VmRecord } from './record.ts';
import { removePod } from './remove-pod.ts';

/**
 * Makes a VM's pod what its record asks for, and waits until its agent is up.
 *
 * Nothing is kept in memory from one step to the next: each turn reads the record and the pod and takes the one step that is due. So a call that was killed
 * is continued by any other, and two calls for one VM meet in the same end.
 *
 * @param vm name of the record and the pod
 * @param fresh the record, when this very call has just made it: then there is nothing to read first
 * @returns the pod, Ready, of the record's generation
 * @throws CloudError VMNotFound without a record or while it is being deleted; VMCreationFailed when the pod cannot become Ready
 */
export async function converge(session: Session, vm: string, fresh?: StoredRecord): Promise<V1Pod> {
  const deadline = Date.now() + session.timeouts.create_vm * 1000;
  if (fresh !== undefined) {
    const pod = await createPod(session, vm, fresh);
    const ready = pod === undefined ? undefined : await settle(session, vm, fresh, pod, deadline);
    if (ready !== undefined) return ready;
  }
  for (;;) {
    const stored = await requireRecord(session, vm);
    const pod = (await readPod(session, vm)) ?? (await recreatePod(session, vm, stored, deadline));
    const ready = pod === undefined ? undefined : await settle(session, vm, stored, pod, deadline);
    if (ready !== undefined) return ready;
  }
}

/** One turn: the pod when it is Ready and the right one, or undefined after a step that changed something. */
async function settle(
  session: Session,
  vm: string,
  stored: StoredRecord,
  pod: V1Pod,
  deadline: number,
): Promise<V1Pod | undefined> {
  if (!isMadeFrom(pod, stored) || isOver(pod)) {
    await removePod(session, pod, deadline);
    return undefined;
  }
  const work = [awaitMachine(session, vm, stored, pod, deadline), countIn(session, stored)] as const;
  // whoever cleans up after a failure of the one must not meet the other at work
  await Promise.allSettled(work);
  const [ready] = await Promise.all(work);
  if (ready === undefined) return undefined;
  const after = await updateRecord(
    session,
    vm,
    (now) => settled(stored.record, now.record, ready.spec?.nodeName),
    stored,
  );
  if (after.record.phase === 'deleting') throw beingDeleted(vm);
  // another call may have asked for a newer pod meanwhile: then this one is on its way out
  if (!isMadeFrom(ready, after)) return undefined;
  await bringMetadata(session, ready, after);
  return ready;
}

/** Waits for a machine whose disks come to it meanwhile; its init starts once it has the one that is its store. */
async function awaitMachine(
  session: Session,
  vm: string,
  stored: StoredRecord,
  pod: V1Pod,
  deadline: number,
): Promise<V1Pod | undefined> {
  const { attach, disks, leaving } = stored.record;
  if (attach === 'hotplug' && disks.length + (leaving ?? []).length > 0) {
    const scheduled = await awaitReady(session, pod, deadline, 'scheduled');
    if (scheduled === undefined) return undefined;
    await settleAttachments(session, vm, stored, scheduled.spec?.nodeName);
  }
  return await awaitReady(session, pod, deadline);
}

/**
 * What a record says once what it asked for is there, or undefined where it says so already.
 * @param asked the record as it was when that began
 * @param node the machine's
 */
function settled(asked: VmRecord, now: VmRecord, node: string | undefined): { record: VmRecord } | undefined {
  if (now.generation !== asked.generation || now.phase === 'deleting') return undefined;
  const { leaving = [], ...rest } = now;
  const stay = leaving.filter((claim) => !asked.leaving?.includes(claim));
  const disks = now.disks.map((disk) => {
    const mounted = now.attach === 'hotplug' && asked.disks.some(({ claim }) => claim === disk.claim);
    return mounted && node !== undefined ? { ...disk, node } : disk;
  });
  const known = disks.every((disk, index) => disk.node === now.disks[index]?.node);
  if (now.phase === 'running' && known && stay.length === leaving.length) return undefined;
  return { record: { ...rest, ...(stay.length > 0 && { leaving: stay }), disks, phase: 'running' } };
}

/**
 * Counts a machine whose pod is new into its group's budget, while the pod starts. A machine made anew has been missing meanwhile, also to those who counted.
 */
async function countIn(session: Session, { record: { group, phase } }: StoredRecord): Promise<void> {
  if (group !== undefined && phase !== 'running') await balanceBudget(session, group);
}

/** Gives a pod the metadata that set_vm_metadata wrote into the record after the pod's creation had read it. */
async function bringMetadata(session: Session, pod: V1Pod, { record }: StoredRecord): Promise<void> {
  const { labels = {}, annotations = {} } = record.pod.metadata;
  const has = (there: Readonly<Record<string, string>> = {}, wanted: Readonly<Record<string, string>>) =>
    Object.entries(wanted).every(([key, value]) => there[key] === value);
  if (has(pod.metadata?.labels, labels) && has(pod.metadata?.annotations, annotations)) return;
  const { core, namespace } = session.cluster;
  const body = { metadata: { labels, annotations } };
  try {
    await core.patchNamespacedPod({ name: pod.metadata?.name ?? '', namespace, body }, mergePatch);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** The VM's pod, or undefined. */
export async function readPod(session: Session, vm: string): Promise<V1Pod | undefined> {
  const { core, namespace } = session.cluster;
  try {
    return await core.readNamespacedPod({ name: vm, namespace });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * Makes the pod of a VM that has lived before. A delete_vm that came between reading the record and making the pod does not know of this pod: it is taken back.
 */
async function recreatePod(
  session: Session,
  vm: string,
  stored: StoredRecord,
  deadline: number,
): Promise<V1Pod | undefined> {
  // a claim of ReadWriteOncePod is free for the new pod only without its attachment
  if (stored.record.attach === 'recreate') await settleAttachments(session, vm, stored, undefined);
  const pod = await createPod(session, vm, stored);
  if (pod === undefined) return undefined;
  const now = await readRecord(session, vm);
  if (now?.uid === stored.uid && now.record.phase !== 'deleting') return pod;
  await removePod(session, pod, deadline);
  throw beingDeleted(vm);
}

/** The pod a record asks for, where its disks can come to it. */
async function plannedPod(session: Session, vm: string, { uid, record }: StoredRecord): Promise<V1Pod> {
  const pod = podOf(session.cluster.namespace, vm, uid, record);
  return record.attach === 'hotplug' && record.disks.length > 0
    ? await placeWithDisks(session, pod, record.disks)
    : pod;
}

/** The pod of a record; undefined when there is one of the name. */
async function createPod(session: Session, vm: string, stored: StoredRecord): Promise<V1Pod | undefined> {
  const { core, namespace } = session.cluster;
  try {
    return await core.createNamespacedPod({ namespace, body: await plannedPod(session, vm, stored) });
  } catch (error) {
    if (isAlreadyExists(error)) return undefined;
    throw error;
  }
}

/**
 * Asks the API server whether it would take a pod, without making it.
 * @throws ApiError as the real creation would; a quota's refusal is none, since the pod's predecessor is still counted
 */
export async function dryRunPod(session: Session, vm: string, uid: string, record: VmRecord): Promise<void> {
  const { core, namespace } = session.cluster;
  const pod = podOf(namespace, vm, uid, record);
  const body = { ...pod, metadata: { ...pod.metadata, name: `${vm}-dry-run` } };
  try {
    await core.createNamespacedPod({ namespace, body, dryRun: 'All' });
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('exceeded quota'))) throw error;
  }
}

/** Whether a pod will never run (again): its containers ended, or its deletion has begun. */
function isOver(pod: V1Pod): boolean {
  const { phase } = pod.status ?? {};
  return pod.metadata?.deletionTimestamp !== undefined || phase === 'Failed' || phase === 'Succeeded';
}

/** Whether a pod is of this very record and its latest generation; a pod of an earlier record of the name is not. */
function isMadeFrom(pod: V1Pod, { uid, record }: StoredRecord): boolean {
  return recordOf(pod) === uid && pod.metadata?.annotations?.[generationAnnotation] === String(record.generation);
}

/** UID of the record that a pod was made from. */
export function recordOf(pod: V1Pod): string | undefined {
  return pod.metadata?.annotations?.[recordAnnotation];
}
