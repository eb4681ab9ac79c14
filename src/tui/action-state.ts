import type { Outcome, Plan, Planned } from '../actions/model.ts';
import type { Editor } from './editor.ts';

/** How far one step of a plan is. Times are milliseconds since 1970. */
export interface StepState {
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly note: string | undefined;
  readonly since: number | undefined;
  readonly until: number | undefined;
}

/** How far an action is. */
export type Stage =
  | { readonly state: 'planning' }
  | { readonly state: 'refused'; readonly reason: string; readonly remedy: string | undefined }
  /** What it is to bring about is the case already. */
  | { readonly state: 'nothing'; readonly plan: Plan }
  /** It waits for a word; `wrong` is what was typed instead. */
  | { readonly state: 'asking'; readonly planned: Planned; readonly editor: Editor; readonly wrong: string | undefined }
  | ({ readonly state: 'running' } & Carried)
  | ({ readonly state: 'over'; readonly outcome: Outcome; readonly until: number } & Carried)
  | ({
      readonly state: 'failed';
      readonly reason: string;
      readonly remedy: string | undefined;
      readonly until: number;
    } & Carried);

interface Carried {
  readonly plan: Plan;
  readonly steps: readonly StepState[];
  readonly since: number;
}

/** Something an operator does to the cluster: planned, asked about, carried out, proved. */
export interface ActionState {
  readonly title: string;
  /** Id of the finding it is to mend. */
  readonly finding: string | undefined;
  readonly stage: Stage;
  /** First visible line of the plan. */
  readonly top: number;
  /** The operator was told that leaving now leaves it half done. */
  readonly warned: boolean;
}
