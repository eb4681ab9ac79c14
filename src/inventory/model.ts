/**
 * What the console and the one-shot commands know of a cluster: one flat row an object, projected where the object arrives, since a whole pod costs
 * thirty times as much memory as the row an operator reads. Times are milliseconds since 1970, sizes bytes.
 */

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
  readonly address: string | undefined;
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

/** How far what is shown can be trusted. */
export type Freshness =
  /** The first list is on its way: so many read, of about so many. */
  | { readonly state: 'syncing'; readonly read: number; readonly about: number | undefined }
  | { readonly state: 'live'; readonly since: number }
  /** The connection is gone since then; what is shown is what was last known. */
  | { readonly state: 'stale'; readonly since: number; readonly reason: string }
  /** Nothing could be read, e.g. for lack of a right; the reason says what to do. */
  | { readonly state: 'failed'; readonly reason: string };
