/** What a Director keeps in its database. Times are milliseconds since 1970; records are changed in place. */

export interface Stemcell {
  readonly id: number;
  readonly name: string;
  readonly operatingSystem: string;
  readonly version: string;
  readonly cid: string;
}

export interface Release {
  readonly name: string;
  readonly version: string;
  readonly jobs: readonly string[];
}

export interface Deployment {
  readonly name: string;
  readonly manifest: string;
  readonly releases: readonly Release[];
  readonly instances: Instance[];
}

/** A network as the CPI is told of it. */
export interface PlannedNetwork {
  readonly type: 'manual' | 'dynamic';
  readonly ip?: string;
  readonly [field: string]: unknown;
}

/** What the manifest and the cloud config want of an instance. */
export interface InstancePlan {
  readonly stemcell: Stemcell;
  readonly vmType: string;
  readonly cloudProperties: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, PlannedNetwork>>;
  readonly env: Readonly<Record<string, unknown>>;
  /** MiB; undefined: the instance has no persistent disk. */
  readonly diskSize: number | undefined;
  /** Names of what its jobs run. */
  readonly processes: readonly string[];
}

/** `stopped`: the VM stays, its jobs rest. `detached`: stopped hard, without a VM. */
export type InstanceState = 'started' | 'stopped' | 'detached';

export interface Instance {
  readonly deployment: string;
  readonly group: string;
  readonly index: number;
  readonly id: string;
  readonly zone: string;
  readonly plan: InstancePlan;
  state: InstanceState;
  /** An operator told the Director to leave it alone. */
  ignore: boolean;
  vm: Vm | undefined;
  readonly disks: Disk[];
  /** How many VMs it has had. */
  lives: number;
}

export interface Vm {
  readonly cid: string;
  readonly agentId: string;
  readonly created: number;
  readonly stemcell: Stemcell;
  /** Written once, when its agent first answered: nothing corrects them later. */
  ips: readonly string[];
  /** The life of the machine in which its agent was told what to run: an agent that lost its files runs nothing. */
  applied: string | undefined;
}

export interface Disk {
  readonly id: number;
  readonly cid: string;
  /** MiB */
  size: number;
  readonly cloudProperties: Readonly<Record<string, unknown>>;
  active: boolean;
}

export interface OrphanDisk {
  readonly cid: string;
  readonly size: number;
  readonly zone: string;
  readonly deployment: string;
  /** `group/id` it was taken from. */
  readonly instance: string;
  readonly cloudProperties: Readonly<Record<string, unknown>>;
  readonly orphaned: number;
}

/** `group/id`, as a Director's paths and events have it. */
export function nameOf({ group, id }: Instance): string {
  return `${group}/${id}`;
}

/** As tasks speak of it. */
export function titleOf(instance: Instance): string {
  return `${nameOf(instance)} (${instance.index})`;
}

/** The disk that BOSH manages for an instance: at most one is active. */
export function managedDisk({ disks }: Instance): Disk | undefined {
  return disks.find(({ active }) => active);
}
