import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { CloudError } from '../bosh/cloud-error.ts';
import type { Session } from '../bosh/session.ts';
import { isConflict, isNotFound } from '../kubernetes/errors.ts';
import { FollowTimeout, follow } from '../kubernetes/follow.ts';
import { asKnown, podEvents, podsOf } from './await-ready.ts';

/** The shortest grace that a kubelet confirms; 0 would remove the object while its container may still run, and two machines would share a disk. */
const graceSeconds = 1;

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
