import type { Plan, Planned, Progress } from '../actions/model.ts';
import type { ActionState, Stage, StepState } from './action-state.ts';
import { type Editor, editLine, editorOf, insertText } from './editor.ts';
import type { Key } from './keys.ts';
import { modeOf, pop, push } from './mode.ts';
import { type Shell, say } from './shell.ts';

/** What an action is begun with. */
export interface Wanted {
  /** As the operator chose it; the plan has a title of its own. */
  readonly title: string;
  /** Id of the finding it is to mend. */
  readonly finding?: string | undefined;
  /** @throws RefusedError, with the reason and the remedy */
  plan(): Promise<Planned>;
}

/** What is said instead of writing. */
export const readonlyRefusal = 'read-only: nothing here may change the cluster';

/** Plans an action and shows the plan: nothing is written before its word was typed. Resolves when the plan is on the screen. */
export async function beginAction(shell: Shell, { title, finding, plan }: Wanted): Promise<void> {
  const { store } = shell;
  if (store.getState().readonly) return say(shell, readonlyRefusal, 'problem');
  if (isUnderWay(shell)) return say(shell, 'another action is under way: :action shows it', 'problem');
  const action: ActionState = { title, finding, stage: { state: 'planning' }, top: 0, warned: false };
  store.setState({ action });
  if (modeOf(shell)?.kind !== 'action') push(shell, { kind: 'action' });
  const stage = await plan().then(
    (planned): Stage =>
      planned.plan.steps.length === 0
        ? { state: 'nothing', plan: planned.plan }
        : { state: 'asking', planned, editor: editorOf(''), wrong: undefined },
    (error: unknown): Stage => ({ state: 'refused', ...tellError(error) }),
  );
  // it was left meanwhile
  if (store.getState().action === action) store.setState({ action: { ...action, stage } });
}

/** Whether something is being written now. */
export function isUnderWay({ store }: Shell): boolean {
  return store.getState().action?.stage.state === 'running';
}

/** The word that lets a plan be carried out. */
export function wordOf({ confirm }: Plan): string {
  return confirm ?? 'yes';
}

/** Does what a key means while an action has the keys. */
export function pressInAction(shell: Shell, key: Key): void {
  const { action } = shell.store.getState();
  const scrolled = steps[key];
  if (action === undefined) pop(shell);
  else if (scrolled !== undefined) scroll(shell, action, scrolled);
  else if (action.stage.state === 'asking') pressInQuestion(shell, action, action.stage, key);
  else if (key === 'esc' || ((key === 'enter' || key === 'q') && isOver(action))) leave(shell, action);
}

/** Nothing will come any more. */
function isOver({ stage: { state } }: ActionState): boolean {
  return state === 'refused' || state === 'nothing' || state === 'over' || state === 'failed';
}

const steps: Readonly<Record<Key, number>> = { up: -1, down: 1, pageup: -10, pagedown: 10 };

function scroll({ store, viewport }: Shell, action: ActionState, by: number): void {
  const lowest = Math.max(0, viewport.length - viewport.height);
  store.setState({ action: { ...action, top: Math.max(0, Math.min(action.top + by, lowest)) } });
}

/** Esc leaves everything as it is; of what is being written already it only takes the view away. */
function leave(shell: Shell, { title, stage }: ActionState): void {
  pop(shell);
  if (stage.state === 'running') say(shell, `${title}: it goes on, and its end is told here; :action shows it`);
  else if (stage.state === 'planning') shell.store.setState({ action: undefined });
}

type Asking = Extract<Stage, { state: 'asking' }>;

function pressInQuestion(shell: Shell, action: ActionState, stage: Asking, key: Key): void {
  if (key === 'esc') {
    pop(shell);
    shell.store.setState({ action: undefined });
    say(shell, `${action.title}: left, nothing was done`);
  } else if (key === 'enter') answer(shell, action, stage);
  else change(shell, action, stage, editLine(stage.editor, key));
}

/** Takes a pasted text into the answer. */
export function pasteInAction(shell: Shell, text: string): void {
  const { action } = shell.store.getState();
  if (action?.stage.state !== 'asking') return;
  change(shell, action, action.stage, insertText(action.stage.editor, text.trim()));
}

function change({ store }: Shell, action: ActionState, stage: Asking, editor: Editor): void {
  if (editor !== stage.editor) store.setState({ action: { ...action, stage: { ...stage, editor, wrong: undefined } } });
}

function answer(shell: Shell, action: ActionState, stage: Asking): void {
  const { planned, editor } = stage;
  const typed = editor.text.trim();
  if (typed !== wordOf(planned.plan)) {
    const asked: Stage = { ...stage, editor: editorOf(''), wrong: typed };
    shell.store.setState({ action: { ...action, stage: asked } });
  } else void carryOut(shell, action, planned);
}

/** Carries a plan out. Never throws: how it ended is on the screen. */
async function carryOut(shell: Shell, { title, finding, top, warned }: ActionState, planned: Planned): Promise<void> {
  const { store } = shell;
  // the last gate before anything is written, whatever led here
  if (store.getState().readonly) return say(shell, readonlyRefusal, 'problem');
  const { plan } = planned;
  const since = Date.now();
  const waiting: StepState = { state: 'waiting', note: undefined, since: undefined, until: undefined };
  let carried = { plan, steps: plan.steps.map(() => waiting), since };
  const show = (stage: Stage) =>
    store.setState(({ action }) => ({
      action: { title, finding, top: action?.top ?? top, warned: action?.warned ?? warned, stage },
    }));
  show({ state: 'running', ...carried });
  try {
    const outcome = await planned.run((progress) => {
      carried = { ...carried, steps: carried.steps.map((step, index) => stepAfter(step, index, progress)) };
      show({ state: 'running', ...carried });
    });
    show({ state: 'over', ...carried, outcome, until: Date.now() });
    tellEnd(
      shell,
      outcome.done ? `${title}: done` : `${title}: not done: ${outcome.proof[0] ?? 'no reason given'}`,
      outcome.done,
    );
  } catch (error) {
    const told = tellError(error);
    show({ state: 'failed', ...carried, ...told, until: Date.now() });
    tellEnd(shell, `${title}: ${told.reason}`, false);
  }
  // what the Director believes now is what findings are made of
  const { bosh } = store.getState();
  if (bosh?.director.state === 'there') bosh.director.feed.refresh();
}

function stepAfter(step: StepState, index: number, { step: at, state, note }: Progress): StepState {
  if (index !== at) return step;
  const now = Date.now();
  return { state, note: note ?? step.note, since: step.since ?? now, until: state === 'running' ? undefined : now };
}

/** Who has left the action on the screen is told how it ended. */
function tellEnd(shell: Shell, text: string, isGood: boolean): void {
  if (modeOf(shell)?.kind !== 'action') say(shell, `${text}; :action shows it`, isGood ? 'info' : 'problem');
}

/** What was refused says how to go on. */
function tellError(error: unknown): { readonly reason: string; readonly remedy: string | undefined } {
  const reason = error instanceof Error ? error.message : String(error);
  const remedy = error instanceof Error && 'remedy' in error ? String(error.remedy) : undefined;
  return { reason, remedy };
}
