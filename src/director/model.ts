/**
 * What BOSH believes, as one Director tells it. Times are milliseconds since 1970.
 *
 * Two sources are of different price: the listings are the Director's own database and are read often; a scan asks every agent of a deployment and is
 * made on demand. What only a scan tells has its age (`Scan.at`).
 */
import type { Freshness } from '../kubernetes/freshness.ts';

export type { Freshness } from '../kubernetes/freshness.ts';

/** A Director, by `GET /info`. */
export interface DirectorInfo {
  readonly name: string;
  readonly uuid: string;
  readonly version: string;
  /** Who we are to it; undefined when it does not take our credentials. */
  readonly user: string | undefined;
  readonly authentication: 'basic' | 'uaa';
}

export interface DirectorDeployment {
  readonly name: string;
  readonly teams: readonly string[];
  /** Whether some task holds its lock. */
  readonly locked: boolean;
}

/** An instance, with its VM where it has one. */
export interface DirectorInstance {
  readonly deployment: string;
  readonly group: string;
  readonly index: number;
  readonly id: string;
  readonly zone: string | undefined;
  /** Undefined, as `cid`, while it has no VM. */
  readonly agentId: string | undefined;
  readonly cid: string | undefined;
  /** What the Director recorded: on manual networks the promised addresses first, then what the agent told of others. */
  readonly ips: readonly string[];
  readonly vmCreated: number | undefined;
  readonly expectsVm: boolean;
  /** Undefined until its deployment was scanned. */
  readonly scan: Scan | undefined;
}

/** What only a scan tells of an instance (`instances?format=full`). */
export interface Scan {
  readonly at: number;
  /** What is wanted: `started`, `stopped`, `detached`. */
  readonly state: string;
  /** What its agent says: `running`, `failing`, `stopped`, …, or `unresponsive agent`; empty where there is no VM. */
  readonly jobState: string;
  readonly disks: readonly string[];
  /** An operator told the Director to leave it alone. */
  readonly ignored: boolean;
  readonly stemcell: { readonly name: string; readonly version: string } | undefined;
  readonly processes: readonly { readonly name: string; readonly state: string }[];
}

/** A VM that an instance has beside its own: made ahead by `create-swap-delete`, or left by an update that failed. */
export interface InactiveVm {
  readonly cid: string;
  readonly deployment: string;
  /** `group/id` */
  readonly instance: string;
}

export interface OrphanDisk {
  readonly cid: string;
  /** MiB */
  readonly size: number;
  readonly deployment: string;
  /** `group/id` it was taken from. */
  readonly instance: string;
  readonly orphaned: number;
}

export interface OrphanVm {
  readonly cid: string;
  readonly deployment: string;
  readonly instance: string;
  readonly ips: readonly string[];
  readonly orphaned: number;
}

/** A task that is not over: queued, processing or cancelling. */
export interface DirectorTask {
  readonly id: number;
  readonly state: string;
  readonly description: string;
  readonly deployment: string | undefined;
  readonly user: string;
  readonly started: number | undefined;
}

export interface DirectorLock {
  /** `deployment`, `stemcells`, … */
  readonly type: string;
  readonly resource: readonly string[];
  readonly task: string | undefined;
}

/** What a cloud check found. */
export interface DirectorProblem {
  readonly id: number;
  /** `missing_vm`, `unresponsive_agent`, `missing_disk`, `inactive_disk`, `mount_info_mismatch`. */
  readonly type: string;
  readonly description: string;
  readonly group: string | undefined;
  /** By name, e.g. `recreate_vm`, and in words. */
  readonly resolutions: readonly { readonly name: string; readonly plan: string }[];
}

export interface DirectorStemcell {
  readonly name: string;
  readonly version: string;
  readonly os: string | undefined;
  readonly cid: string;
  /** That use it. */
  readonly deployments: readonly string[];
}

/** Who did what to what. */
export interface DirectorEvent {
  readonly id: string;
  readonly time: number;
  readonly user: string | undefined;
  readonly action: string;
  /** Of the object: `deployment`, `instance`, `vm`, `disk`, `lock`, … */
  readonly type: string;
  readonly name: string | undefined;
  readonly error: string | undefined;
  readonly task: string | undefined;
  readonly deployment: string | undefined;
  readonly instance: string | undefined;
}

/** All of it at one moment. */
export interface DirectorView {
  readonly info: DirectorInfo | undefined;
  /** How far the listings can be trusted. */
  readonly freshness: Freshness;
  readonly deployments: readonly DirectorDeployment[];
  readonly instances: readonly DirectorInstance[];
  readonly inactiveVms: readonly InactiveVm[];
  /** Undefined, as the next two, where the user may not read them. */
  readonly orphanDisks: readonly OrphanDisk[] | undefined;
  readonly orphanVms: readonly OrphanVm[] | undefined;
  readonly locks: readonly DirectorLock[] | undefined;
  readonly tasks: readonly DirectorTask[];
}

/** Reads a Director and keeps what it knows up to date until it is closed. */
export interface DirectorFeed {
  view(): DirectorView;
  /** Counts up with every change. */
  version(): number;
  /** @returns ends it */
  subscribe(listener: () => void): () => void;
  /** Reads the listings again, now. */
  refresh(): void;
  /** Asks the agents of a deployment, or of all; resolves when the answers are in the view. */
  scan(deployment?: string): Promise<void>;
  close(): void;
}
