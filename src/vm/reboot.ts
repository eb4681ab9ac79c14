import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { CloudError } from '../bosh/cloud-error.ts';
import { agentContainer } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { exec } from '../kubernetes/exec.ts';
import { FollowTimeout, follow } from '../kubernetes/follow.ts';
import { podsOf } from './await-ready.ts';
import { converge, readPod } from './converge.ts';

/**
 * Reboots a VM in place: its container ends and the kubelet starts it again in the same pod, with the same address, disks and /var/vcap.
 * A VM whose pod is missing or has ended is made again from its record. Returns when the agent is up.
 * @throws CloudError VMNotFound; CloudError when the container does not end
 */
export async function rebootVm(session: Session, vm: string): Promise<void> {
  const pod = await readPod(session, vm);
  const container = pod?.status?.containerStatuses?.find(({ name }) => name === agentContainer);
  // a pod that has ended may still say that its containers run; it is made anew below
  if (container?.state?.running !== undefined && pod?.status?.phase === 'Running') {
    session.log(`restarting the container of ${vm}`);
    try {
      await exec(session.cluster, vm, agentContainer, ['/bin/bash', '/bosh-cpi/reboot']);
    } catch (error) {
      // the machine went down before it could answer: whether it did is seen below
      session.log(`reboot: ${(error as Error).message}`);
    }
    await awaitRestart(session, vm, pod?.metadata?.uid, container.containerID);
  }
  await converge(session, vm);
}

/** Waits until the pod runs another container than the one given, or is another pod. */
async function awaitRestart(
  session: Session,
  vm: string,
  uid: string | undefined,
  containerId: string | undefined,
): Promise<void> {
  try {
    await follow<V1Pod, true>(session.cluster, podsOf(session), vm, {
      timeoutMs: session.timeouts.delete_vm * 1000,
      decide: (now) => {
        const container = now?.status?.containerStatuses?.find(({ name }) => name === agentContainer);
        const started = container?.state?.running !== undefined && container.containerID !== containerId;
        const over = now?.status?.phase === 'Failed' || now?.status?.phase === 'Succeeded';
        return now?.metadata?.uid !== uid || started || over ? true : undefined;
      },
    });
  } catch (error) {
    if (!(error instanceof FollowTimeout)) throw error;
    throw new CloudError(
      'CloudError',
      `VM ${vm} did not go down within ${session.timeouts.delete_vm} s: recreate it (bosh recreate)`,
    );
  }
}
