import type { Session } from '../bosh/session.ts';
import type { ObjectRef } from './event.ts';
import type { Outcome, Plan, PlanStep } from './model.ts';
import type { Right } from './rights.ts';

/** A step, and how it is done. */
export interface Step extends PlanStep {
  /**
   * Does it. Absent where the step before brings it about, or the drafting has checked it.
   * @returns what came of it, for the one who watches
   */
  readonly act?: (session: Session, note: (text: string) => void) => Promise<string | undefined>;
}

/** An action thought out over what the cluster and the Director say at one moment. What is done already has no step any more. */
export interface Draft {
  /** Name of the action, for the audit log. */
  readonly action: string;
  /** What it is about; the Event is written on it. */
  readonly about: ObjectRef;
  /** Names of objects that nobody else may act on meanwhile; that of `about` where absent. */
  readonly holds?: readonly string[];
  readonly plan: Omit<Plan, 'steps'>;
  readonly steps: readonly Step[];
  readonly needs: readonly Right[];
  /** The Event's reason, in Kubernetes' form: `DiskOrphaned`. */
  readonly event: string;
  /** Reads back what is the case after the steps. */
  prove(): Promise<Pick<Outcome, 'done' | 'proof'>>;
}
