import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { agentIdLabel, attachedToLabel } from '../../bosh/labels.ts';
import { usersOf } from '../../disk/users.ts';
import { formatSize } from '../../inventory/format.ts';
import { parseQuantity } from '../../kubernetes/quantity.ts';
import { hasRunningContainer } from '../../vm/readiness.ts';
import type { ObjectRef } from '../event.ts';
import { RefusedError } from '../model.ts';
import { type Kubernetes, readObject } from '../read.ts';
import { type ActionSite, sessionOf } from '../site.ts';
import { instanceLabel, type Told, toldOf } from '../told.ts';
import { type Mark, markOf } from './mark.ts';
import { type Claim, claimPath, type Volume, volumePath } from './objects.ts';

/** Which disk is meant: a claim, and which very one where that is known. */
export interface DiskRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string | undefined;
}

/** The machine that has a disk. */
export interface Holder {
  readonly vm: string;
  /** `group/index`, or the VM's name. */
  readonly label: string;
  readonly told: Told;
  /** Whether a container of it runs. */
  readonly runs: boolean;
  /** Whether the disk came beside its pod, so that taking it away leaves the pod alone. */
  readonly beside: boolean;
}

/** A disk as the cluster has it at one moment. */
export interface DiskState {
  readonly claim: Claim;
  readonly volume: Volume | undefined;
  readonly told: Told;
  /** Set while an operator has set it aside. */
  readonly mark: Mark | undefined;
  readonly holder: Holder | undefined;
  readonly about: ObjectRef;
  /** `20Gi`. */
  readonly size: string;
}

/**
 * Reads a disk and who has it.
 * @throws RefusedError when it is not there, is being deleted, is another one than meant, or somebody has it whom BOSH does not know
 */
export async function readDisk(site: ActionSite, { namespace, name, uid }: DiskRef): Promise<DiskState> {
  const { cluster } = site;
  const claim = await readObject<Claim>(cluster, claimPath(namespace, name));
  if (claim === undefined) {
    throw new RefusedError(
      `There is no disk ${name} in namespace ${namespace}`,
      'kubernetes-cpi disks lists the disks there are',
    );
  }
  if (uid !== undefined && claim.metadata.uid !== uid) {
    throw new RefusedError(`Disk ${name} is another one of the same name meanwhile`, 'Look again at what there is');
  }
  if (claim.metadata.deletionTimestamp !== undefined) {
    throw new RefusedError(
      `Disk ${name} is being deleted since ${claim.metadata.deletionTimestamp}`,
      'A deletion cannot be taken back; its PersistentVolume stays where its reclaim policy is Retain',
    );
  }
  const volumeName = claim.spec?.volumeName;
  const [volume, users] = await Promise.all([
    volumeName === undefined ? undefined : readObject<Volume>(cluster, volumePath(volumeName)),
    usersOf(sessionOf(site, namespace), name),
  ]);
  return {
    claim,
    volume,
    told: toldOf(claim),
    mark: markOf(claim),
    holder: await holderOf(site, namespace, name, users),
    about: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      namespace,
      name,
      uid: claim.metadata.uid,
    },
    size: sizeOf(claim),
  };
}

/** What was asked for. */
export function sizeOf({ spec }: Claim): string {
  return formatSize(parseQuantity(spec?.resources?.requests?.storage));
}

async function holderOf(
  site: ActionSite,
  namespace: string,
  disk: string,
  users: readonly V1Pod[],
): Promise<Holder | undefined> {
  const foreign = users.find((pod) => vmOf(pod) === undefined);
  if (foreign !== undefined) {
    throw new RefusedError(
      `Pod ${foreign.metadata?.name} uses disk ${disk}, and it is no machine of BOSH`,
      'End that pod first',
    );
  }
  const vms = [...new Set(users.map((pod) => vmOf(pod) ?? ''))];
  const [vm, other] = vms;
  if (other !== undefined) {
    throw new RefusedError(
      `Several machines have disk ${disk}: ${vms.join(', ')}`,
      'Delete the attachment, or the VM, that should not have it, first',
    );
  }
  if (vm === undefined) return undefined;
  const pod = await readObject<Kubernetes & { status?: V1Pod['status'] }>(
    site.cluster,
    `/api/v1/namespaces/${namespace}/pods/${vm}`,
  );
  const told = toldOf(pod ?? {});
  const runs = pod !== undefined && hasRunningContainer(pod);
  const beside = users.some(({ metadata }) => metadata?.labels?.[attachedToLabel] !== undefined);
  return { vm, label: instanceLabel(told, vm), told, runs, beside };
}

/** The machine that a pod is, or that it brings a disk to. */
function vmOf({ metadata }: V1Pod): string | undefined {
  const { [agentIdLabel]: agent, [attachedToLabel]: attachedTo } = metadata?.labels ?? {};
  return attachedTo ?? (agent === undefined ? undefined : metadata?.name);
}
