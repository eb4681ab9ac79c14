import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { agentIdLabel, attachedToLabel, diskLabel } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import type { RecordedDisk } from '../vm/record.ts';

/**
 * Pods that use a claim and have not ended, whoever made them. Looks at every pod of the namespace.
 */
export async function usersOf(session: Session, claim: string): Promise<readonly V1Pod[]> {
  return (await livingPods(session)).filter((pod) => claimsOf(pod).includes(claim));
}

/**
 * A pod that brings a disk to another machine than the one given, or undefined. Asks the API server for the disk's label alone, so that the size of the
 * namespace does not matter.
 */
export async function otherUser(session: Session, vm: string, claim: string): Promise<V1Pod | undefined> {
  return (await livingPods(session, diskLabel(claim))).find((pod) => machineOf(pod) !== vm);
}

/** The machine that a pod is, or that it brings a disk to. */
function machineOf({ metadata }: V1Pod): string {
  return metadata?.labels?.[attachedToLabel] ?? metadata?.name ?? '';
}

/** Claims that a pod mounts. */
function claimsOf(pod: V1Pod): string[] {
  return (pod.spec?.volumes ?? [])
    .map((volume) => volume.persistentVolumeClaim?.claimName)
    .filter((name) => name !== undefined);
}

/**
 * Those of a new VM's disks that it may mount at once: a disk that another machine still has is not among them, since with `create-swap-delete` the Director
 * names it while the old VM runs. Access modes do not keep two pods of one node apart.
 */
export async function disksFreeToMount(
  session: Session,
  vm: string,
  disks: readonly RecordedDisk[],
): Promise<readonly RecordedDisk[]> {
  const free = await Promise.all(
    disks.map(async (disk) => {
      const other = await otherUser(session, vm, disk.claim);
      if (other !== undefined) {
        session.log(`disk ${disk.claim} is still with ${describeUser(other)}: attach_disk will bring it`);
      }
      return other === undefined;
    }),
  );
  return disks.filter((_disk, index) => free[index]);
}

/** How an error names a pod: the VM it is or brings a disk to, or its own name. */
export function describeUser(pod: V1Pod): string {
  const { [agentIdLabel]: agent, [attachedToLabel]: attachedTo } = pod.metadata?.labels ?? {};
  return `${agent === undefined && attachedTo === undefined ? 'pod' : 'VM'} ${machineOf(pod)}`;
}

async function livingPods(session: Session, labelSelector?: string): Promise<readonly V1Pod[]> {
  const { core, namespace } = session.cluster;
  const pods = (await core.listNamespacedPod({ namespace, ...(labelSelector !== undefined && { labelSelector }) }))
    .items;
  return pods.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
}
