/**
 * What the console and the one-shot commands know of a cluster: one flat row an object, projected where the object arrives, since a whole pod costs
 * thirty times as much memory as the row an operator reads. Times are milliseconds since 1970, sizes bytes.
 */

export type { Freshness } from '../kubernetes/freshness.ts';

/** How much an operator should care: `ok`, `busy` (under way, no need to act), `problem` (needs a person). */
export type Health = 'ok' | 'busy' | 'problem';

/** What every row has. */
export interface Row {
  /** UID of the object behind it: what marks and the selection hold on to. */
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly created: number;
  readonly health: Health;
  /** Why it is not `ok`, a sentence; undefined when it is. */
  readonly reason: string | undefined;
}

/** A BOSH VM: its pod, and what the Director told of it. */
export interface Machine extends Row {
  readonly agentId: string;
  readonly deployment: string | undefined;
  /** `group/index` from the Director's metadata; the pod's name until it told any. */
  readonly instance: string;
  /** As kubectl's STATUS: Running, Pending, ImagePullBackOff, Terminating, ... */
  readonly state: string;
  readonly ready: boolean;
  readonly restarts: number;
  /** The address BOSH was promised; undefined on dynamic networks. */
  readonly promised: string | undefined;
  /** Where it answers: the promised address where a Service of its own has that, else its pod's. */
  readonly address: string | undefined;
  /** The pod's own address. */
  readonly podAddress: string | undefined;
  readonly node: string | undefined;
  readonly zone: string | undefined;
  readonly stemcell: string | undefined;
  /** Names of the claims it has. */
  readonly disks: readonly string[];
  /** The Director's metadata and the pod's labels under our prefix: what filters by label see. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A BOSH persistent disk: its claim, and who has it. */
export interface Disk extends Row {
  /** Size asked for. */
  readonly size: number | undefined;
  /** Size the volume has. */
  readonly capacity: number | undefined;
  readonly storageClass: string | undefined;
  /** Pending, Bound, Lost, Terminating. */
  readonly phase: string;
  readonly volume: string | undefined;
  readonly deployment: string | undefined;
  /** Instance of the machine that has it, or its name. */
  readonly machine: string | undefined;
  /** UID of that machine. */
  readonly machineUid: string | undefined;
  /** Where it is in the machine, e.g. `/mnt/disk-…`. */
  readonly mounted: string | undefined;
  readonly node: string | undefined;
  /** True when no machine has it. */
  readonly orphan: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

/** An image that machines run. */
export interface Stemcell extends Row {
  readonly image: string;
  readonly machines: number;
  /** Machines that cannot pull it. */
  readonly pullErrors: number;
}

/** A Kubernetes Event about a machine, a disk or what belongs to them. */
export interface ClusterEvent extends Row {
  readonly type: string;
  /** Kind and name of what it is about. */
  readonly about: string;
  readonly aboutUid: string;
  readonly cause: string;
  readonly message: string;
  readonly count: number;
  readonly last: number;
}

/** The tables there are, each with its kind of row. */
export interface Tables {
  readonly machines: Machine;
  readonly disks: Disk;
  readonly stemcells: Stemcell;
  readonly events: ClusterEvent;
}

export type TableName = keyof Tables;

/** A node, as far as machines depend on it. */
export interface ClusterNode {
  readonly uid: string;
  readonly name: string;
  readonly zone: string | undefined;
  readonly ready: boolean;
  readonly schedulable: boolean;
}

export interface DiskClass {
  readonly name: string;
  readonly provisioner: string;
  readonly isDefault: boolean;
  readonly expands: boolean;
  readonly binding: 'Immediate' | 'WaitForFirstConsumer';
}

/** A Service of a machine. */
export interface MachineService {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly agentId: string;
  readonly type: string;
  /** Labels of the pods behind it; none selects no pod. */
  readonly selector: Readonly<Record<string, string>>;
  /** Whether it leads to its machine before that is Ready. */
  readonly leadsEarly: boolean;
  /** Its cluster, external and load balancer addresses. */
  readonly addresses: readonly string[];
  /** E.g. `443/TCP`. */
  readonly ports: readonly string[];
}

/** A volume behind a disk. */
export interface DiskVolume {
  readonly uid: string;
  readonly name: string;
  /** `namespace/name` of its claim. */
  readonly claim: string;
  readonly phase: string;
  readonly reclaim: string;
  readonly reason: string | undefined;
}
