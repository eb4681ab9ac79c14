import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { CloudError } from '../bosh/cloud-error.ts';
import { generationAnnotation, recordAnnotation } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../kubernetes/errors.ts';
import { FollowTimeout, follow } from '../kubernetes/follow.ts';
import { mergePatch } from '../kubernetes/patch.ts';
import { asKnown, awaitReady, podEvents, podsOf } from './await-ready.ts';
import { balanceBudget } from './disruption-budget.ts';
import { podOf } from './pod.ts';
import { beingDeleted, readRecord, requireRecord, type StoredRecord, updateRecord, type VmRecord } from './record.ts';

/** The shortest grace that a kubelet confirms; 0 would remove the object while its container may still run, and two machines would share a disk. */
const graceSeconds = 1;

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
  const { record } = stored;
  if (!isMadeFrom(pod, stored) || isOver(pod)) {
    await removePod(session, pod, deadline);
    return undefined;
  }
  const work = [awaitReady(session, pod, deadline), countIn(session, stored)] as const;
  // whoever cleans up after a failure of the one must not meet the other at work
  await Promise.allSettled(work);
  const [ready] = await Promise.all(work);
  if (ready === undefined) return undefined;
  const running = ({ record: { leaving: _done, ...now } }: StoredRecord) =>
    now.generation === record.generation && (now.phase === 'creating' || now.phase === 'recreating')
      ? { record: { ...now, phase: 'running' as const } }
      : undefined;
  const after = await updateRecord(session, vm, running, stored);
  if (after.record.phase === 'deleting') throw beingDeleted(vm);
  // another call may have asked for a newer pod meanwhile: then this one is on its way out
  if (!isMadeFrom(ready, after)) return undefined;
  await bringMetadata(session, ready, after);
  return ready;
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
  const pod = await createPod(session, vm, stored);
  if (pod === undefined) return undefined;
  const now = await readRecord(session, vm);
  if (now?.uid === stored.uid && now.record.phase !== 'deleting') return pod;
  await removePod(session, pod, deadline);
  throw beingDeleted(vm);
}

/** The pod of a record; undefined when there is one of the name. */
async function createPod(session: Session, vm: string, stored: StoredRecord): Promise<V1Pod | undefined> {
  const { core, namespace } = session.cluster;
  try {
    return await core.createNamespacedPod({ namespace, body: podOf(vm, stored.uid, stored.record) });
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
  const pod = podOf(vm, uid, record);
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

/**
 * Deletes a pod and waits until its kubelet has confirmed the end: only then are its address and its disks free.
 * @param deadline in milliseconds since the epoch
 * @throws CloudError when it does not end in time, with the likely reason
 * @returns whether the name is free now, or another pod has it
 */
export async function removePod(session: Session, pod: V1Pod, deadline: number): Promise<'gone' | 'replaced'> {
  const { core, namespace } = session.cluster;
  const { name = '', uid = '' } = pod.metadata ?? {};
  try {
    await core.deleteNamespacedPod({
      name,
      namespace,
      body: { preconditions: { uid }, gracePeriodSeconds: graceSeconds },
    });
  } catch (error) {
    if (isNotFound(error)) return 'gone';
    // the UID is another pod's
    if (isConflict(error)) return 'replaced';
    throw error;
  }
  session.log(`waiting for pod ${name} to end`);
  try {
    return await follow<V1Pod, 'gone' | 'replaced'>(session.cluster, podsOf(session), name, {
      timeoutMs: Math.max(1000, deadline - Date.now()),
      known: asKnown(pod),
      decide: (now) => {
        if (now === undefined) return 'gone';
        return now.metadata?.uid === uid ? undefined : 'replaced';
      },
    });
  } catch (error) {
    if (error instanceof FollowTimeout) throw await stuck(session, pod);
    throw error;
  }
}

/** Why a deleted pod stays: mostly a node that no longer answers. Deleting by force could run a machine twice, so that is left to a person. */
async function stuck(session: Session, pod: V1Pod): Promise<CloudError> {
  const { name } = pod.metadata ?? {};
  const node = pod.spec?.nodeName ?? 'no node';
  const warning = (await podEvents(session, pod)).warning;
  return new CloudError(
    'CloudError',
    `pod ${name} on ${node} does not end${warning === undefined ? '' : ` (${warning})`}: if the node is gone for good, taint it ` +
      `node.kubernetes.io/out-of-service=nodeshutdown:NoExecute or delete the Node object, then repeat the call`,
  );
}
