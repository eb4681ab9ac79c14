import type { DirectorInstance, DirectorView, OrphanDisk, OrphanVm } from '../director/model.ts';

/** What a Director believes, by the names of pods and claims. */
export interface Belief {
  /** What its metadata calls it. */
  readonly director: string;
  /** False where its user may not see all: what is not listed may still be there. */
  readonly isWhole: boolean;
  readonly deployments: ReadonlySet<string>;
  readonly vms: ReadonlyMap<string, DirectorInstance>;
  readonly orphanVms: ReadonlyMap<string, OrphanVm>;
  /** VMs that instances have beside their own. */
  readonly inactiveVms: ReadonlySet<string>;
  /** The instances that have a disk, by the last scans. */
  readonly disks: ReadonlyMap<string, readonly DirectorInstance[]>;
  /** Undefined where the user may not read them. */
  readonly orphanDisks: ReadonlyMap<string, OrphanDisk> | undefined;
  /** Whether all machines it has are ours: disks of another CPI have names like ours. */
  readonly isAllOurs: boolean;
}

export function beliefOf(view: DirectorView): Belief {
  const vms = new Map<string, DirectorInstance>();
  const disks = new Map<string, DirectorInstance[]>();
  let isAllOurs = true;
  for (const instance of view.instances) {
    const { cid } = instance;
    const name = cid === undefined ? undefined : nameOf(cid);
    if (name?.startsWith('agent-')) vms.set(name, instance);
    else if (name !== undefined) isAllOurs = false;
    for (const cid of instance.scan?.disks ?? []) {
      const claim = nameOf(cid);
      const known = disks.get(claim);
      if (known === undefined) disks.set(claim, [instance]);
      else known.push(instance);
    }
  }
  return {
    director: view.info?.name ?? '',
    isWhole: view.orphanDisks !== undefined && view.orphanVms !== undefined && view.locks !== undefined,
    deployments: new Set(view.deployments.map(({ name }) => name)),
    vms,
    orphanVms: byName(view.orphanVms ?? []),
    inactiveVms: new Set(view.inactiveVms.map(({ cid }) => nameOf(cid))),
    disks,
    orphanDisks: view.orphanDisks && byName(view.orphanDisks),
    isAllOurs,
  };
}

/** The object's name in a CID. */
export function nameOf(cid: string): string {
  return cid.slice(cid.lastIndexOf(':') + 1);
}

/** Whether a CID names a context: the object may be in a cluster that we do not see. */
export function hasContext(cid: string | undefined): boolean {
  return cid?.includes(':') ?? false;
}

/** Whose an object is, by the metadata on it; machines of create-env name `bosh-init`, which is no Director. */
export function ownerOf(
  labels: Readonly<Record<string, string>> | undefined,
  { director }: Belief,
): 'mine' | 'another' | 'unsaid' {
  const said = labels?.director;
  if (said === undefined) return 'unsaid';
  return said === director ? 'mine' : 'another';
}

function byName<T extends { readonly cid: string }>(all: readonly T[]): ReadonlyMap<string, T> {
  return new Map(all.map((one) => [nameOf(one.cid), one]));
}
