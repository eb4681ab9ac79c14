import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { agentIdLabel } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import type { RecordedDisk } from '../vm/record.ts';

/** Pods that use a claim and have not ended. */
export async function usersOf(session: Session, claim: string): Promise<readonly V1Pod[]> {
  return (await livingPods(session)).filter((pod) => claimsOf(pod).includes(claim));
}

/** Claims that a pod mounts. */
export function claimsOf(pod: V1Pod): string[] {
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
  if (disks.length === 0) return [];
  const others = (await livingPods(session)).filter((pod) => pod.metadata?.name !== vm);
  const taken = new Set(others.flatMap(claimsOf));
  return disks.filter(({ claim }) => {
    if (taken.has(claim)) session.log(`disk ${claim} is still with another VM: attach_disk will bring it`);
    return !taken.has(claim);
  });
}

/** How an error names a pod: the VM it is, or its own name. */
export function describeUser(pod: V1Pod): string {
  const name = pod.metadata?.name;
  return pod.metadata?.labels?.[agentIdLabel] === undefined ? `pod ${name}` : `VM ${name}`;
}

async function livingPods(session: Session): Promise<readonly V1Pod[]> {
  const { core, namespace } = session.cluster;
  const pods = (await core.listNamespacedPod({ namespace })).items;
  return pods.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
}
