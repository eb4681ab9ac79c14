/** What an operator can do, with a plan before and proof after. */

/** One thing an action does or checks. */
export interface PlanStep {
  readonly verb: 'check' | 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE' | 'CPI' | 'agent' | 'wait';
  /** The object, path or machine it is about. */
  readonly object: string;
  readonly what: string;
}

/** Who carries it out: a Director by its tasks, or this program by the CPI's own code. */
export type Through = 'director' | 'kubernetes';

export interface Plan {
  /** E.g. `Reattach disk-5d0c… to zookeeper/2`. */
  readonly title: string;
  readonly through: Through;
  /** Empty when all of it is the case already. */
  readonly steps: readonly PlanStep[];
  /** What it interrupts, a sentence; undefined: nothing. */
  readonly interrupts: string | undefined;
  /** What could be lost, a sentence; undefined: nothing. */
  readonly loses: string | undefined;
  /** The name that has to be typed; undefined where a plain yes will do. */
  readonly confirm: string | undefined;
  /** The command that undoes it, or undefined. */
  readonly undo: string | undefined;
}

export interface Progress {
  /** Index of the plan's step. */
  readonly step: number;
  readonly state: 'running' | 'done' | 'failed';
  readonly note: string | undefined;
}

/** Read back after the writes. */
export interface Outcome {
  readonly done: boolean;
  /** What is the case now, sentences. */
  readonly proof: readonly string[];
  readonly undo: string | undefined;
}

/** An action whose preconditions held when it was planned; `run` checks them again at each write. */
export interface Planned {
  readonly plan: Plan;
  /** @throws RefusedError when a precondition does not hold any more, before anything was written */
  run(report: (progress: Progress) => void): Promise<Outcome>;
}

/** An action that must not be carried out now. Nothing was written. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  /** What to do about it, a sentence. */
  readonly remedy: string;

  /** @param message why, a sentence that names who or what is in the way */
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}
