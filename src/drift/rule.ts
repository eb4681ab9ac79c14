import type { DirectorInstance, OrphanDisk, OrphanVm, Scan } from '../director/model.ts';
import type { DiskSubject, MachineSubject } from '../inventory/subjects.ts';
import type { Belief } from './belief.ts';
import type { Finding, RepairName, Subject } from './model.ts';

/** One VM, by the name of its pod and record, with all that is known of it on both sides. */
export interface VmCase {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly namespace: string;
  readonly name: string;
  readonly vm: MachineSubject;
  /** Its pod was replaced while we looked, and no call of the CPI asked for that. */
  readonly isMadeBehind: boolean;
  /** Undefined where there is no Director to ask. */
  readonly bosh: BoshVm | undefined;
}

/** What a Director believes of one VM. */
export interface BoshVm {
  readonly belief: Belief;
  readonly instance: DirectorInstance | undefined;
  readonly orphan: OrphanVm | undefined;
  /** The last scan, unless something was done to the deployment since. */
  readonly scan: Scan | undefined;
}

/** One disk, by the name of its claim. */
export interface DiskCase {
  readonly now: number;
  readonly namespace: string;
  readonly name: string;
  readonly disk: DiskSubject;
  readonly bosh: BoshDisk | undefined;
}

/** What a Director believes of one disk. */
export interface BoshDisk {
  readonly belief: Belief;
  /** The instances that have it, by scans that nothing was done since. */
  readonly active: readonly DirectorInstance[];
  readonly orphan: OrphanDisk | undefined;
  /** When the agents of all deployments had been asked, nothing having been done since; undefined: not all of them. */
  readonly scanned: number | undefined;
  /** Whether the machine of an instance has lived for a while and is Ready. */
  isRunning(instance: DirectorInstance): boolean;
}

/** A disagreement as a rule sees it at one moment. */
export interface Draft extends Pick<Finding, 'severity' | 'title' | 'expected' | 'actual' | 'sides' | 'explanation'> {
  /** Safe ones, the best first. Those that only a Director can do are dropped where there is none. */
  readonly repairs: readonly RepairName[];
  /** The object it is about where that is another than the case's own. */
  readonly about?: Pick<Subject, 'kind' | 'name' | 'uid'>;
  /** Until then (milliseconds since 1970) it may still be on its way. */
  readonly notBefore?: number;
  /** Nothing that is under way can be the reason: it is told at once. */
  readonly isCertain?: boolean;
}

/** One kind of disagreement. Pure: the same case has the same outcome. */
export interface Rule<C> {
  /** Also the name of its file. */
  readonly name: string;
  /** Whether it can be told without a Director: `none` never asks one, `useful` says more with one, `needed` nothing without. */
  readonly director: 'none' | 'useful' | 'needed';
  /** For so many milliseconds it must be the case before it is told. */
  readonly holdMs: number;
  look(one: C): readonly Draft[];
}
