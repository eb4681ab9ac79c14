import { type Disk, type Instance, titleOf } from './model.ts';

export type ProblemType =
  | 'missing_vm'
  | 'unresponsive_agent'
  | 'missing_disk'
  | 'inactive_disk'
  | 'mount_info_mismatch';

/** What a cloud check found. */
export interface Problem {
  readonly id: number;
  readonly type: ProblemType;
  readonly instance: Instance;
  /** Of problems with disks. */
  readonly disk: Disk | undefined;
  /** VMs that have the disk mounted. */
  readonly owners: readonly string[];
}

/** What a problem is, as the CLI prints it. */
export function describe({ type, instance, disk, owners }: Problem): string {
  const { vm, group, id, index } = instance;
  const cloudId = vm === undefined ? '' : ` with cloud ID '${vm.cid}'`;
  switch (type) {
    case 'missing_vm':
      return `VM for '${titleOf(instance)}'${cloudId} missing.`;
    case 'unresponsive_agent':
      return `VM for '${titleOf(instance)}'${cloudId} is not responding.`;
    case 'missing_disk':
      return `Disk '${disk?.cid}' (${group}/${id}, ${disk?.size}M) is missing`;
    case 'inactive_disk':
      return `Disk '${disk?.cid}' (${disk?.size}M) for instance '${group}/${id} (${index})' is inactive`;
    case 'mount_info_mismatch': {
      const where = owners.length === 0 ? 'Not mounted in any VM' : `Mounted on: ${owners.join(', ')}`;
      return `Inconsistent mount information:\nRecord shows that disk '${disk?.cid}' should be mounted on ${vm?.cid}.\nHowever it is currently :\n\t${where}`;
    }
  }
}
