import type { Plan } from '../../actions/model.ts';
import { wordOf } from '../action.ts';
import type { ActionState, Stage, StepState } from '../action-state.ts';
import { fitText, widthOf, wrapText } from '../text.ts';
import type { Role } from '../theme.ts';
import type { Segment } from './line.tsx';
import { typedSegments } from './prompt.tsx';

type Lines = readonly (readonly Segment[])[];

/** An action on the screen: what can be scrolled, and what is below it, always. */
export interface ActionLines {
  readonly title: readonly Segment[];
  readonly body: Lines;
  /** Line of the body that should be on the screen. */
  readonly at: number | undefined;
  readonly end: Lines;
}

/** What else is known of what an action is about. */
export interface ActionContext {
  /** Name of the Director. */
  readonly director: string | undefined;
  /** What it is to mend, where that is still the case; undefined when it is gone, or there was nothing. */
  readonly finding: string | undefined;
}

/** @param now milliseconds since 1970, for what runs */
export function actionLines(action: ActionState, context: ActionContext, width: number, now: number): ActionLines {
  const { stage } = action;
  const plan = planOf(stage);
  const steps = plan === undefined ? [] : stepLines(plan, stage, width, now);
  return {
    title: [{ text: ` ${plan?.title ?? action.title}`, role: 'heading' }],
    body: [...steps.flat(), ...(plan === undefined ? [] : costLines(plan, stage, context, width))],
    at: lineOf(stage, steps),
    end: endLines(action, context, width, now),
  };
}

/** The last line of the step that runs, or of the one that ran last. */
function lineOf(stage: Stage, steps: readonly Lines[]): number | undefined {
  if (!('steps' in stage)) return undefined;
  const last = stage.steps.findLastIndex(({ state }) => state !== 'waiting');
  return last < 0 ? 0 : steps.slice(0, last + 1).flat().length - 1;
}

function planOf(stage: Stage): Plan | undefined {
  if (stage.state === 'asking') return stage.planned.plan;
  return 'plan' in stage ? stage.plan : undefined;
}

function throughOf({ through }: Plan, { director }: ActionContext): string {
  return through === 'director' ? `through the Director ${director ?? ''}`.trimEnd() : 'on Kubernetes alone';
}

/** Columns of number or sign, and of the verb. */
const verbAt = 5;
const objectAt = 12;

/** Lines of each step. */
function stepLines(plan: Plan, stage: Stage, width: number, now: number): readonly Lines[] {
  const objects = Math.max(8, ...plan.steps.map(({ object }) => widthOf(object)));
  const objectWidth = Math.min(objects, Math.max(12, Math.floor(width * 0.38)));
  const whatAt = objectAt + objectWidth + 2;
  // a step that is carried out has its time behind it
  const room = Math.max(16, width - whatAt - ('steps' in stage ? 8 : 1));
  return plan.steps.map(({ verb, object, what }, index): Lines => {
    const state = 'steps' in stage ? stage.steps[index] : undefined;
    const time = state === undefined ? '' : elapsed(state, now);
    const told = state?.note === undefined ? what : `${what}: ${state.note}`;
    const [first = '', ...rest] = wrapText(told, room);
    const look = state === undefined ? undefined : looks[state.state];
    const own = signOf(state, index);
    return [
      [
        own,
        { text: fitText(verb, objectAt - verbAt), role: 'accent' },
        { text: `${fitText(object, objectWidth)}  ` },
        { text: fitText(first, room), ...(look && { role: look }) },
        { text: time === '' ? '' : fitText(time, 7, 'right'), role: 'dim' },
      ],
      ...rest.map((text): readonly Segment[] => [{ text: ' '.repeat(whatAt) }, { text, ...(look && { role: look }) }]),
    ];
  });
}

const signs: Readonly<Record<StepState['state'], { readonly sign: string; readonly role: Role }>> = {
  waiting: { sign: '·', role: 'dim' },
  running: { sign: '▸', role: 'busy' },
  done: { sign: '✓', role: 'good' },
  failed: { sign: '✗', role: 'problem' },
};

/** What was done is only there to be looked up. */
const looks: Readonly<Record<StepState['state'], Role | undefined>> = {
  waiting: 'dim',
  running: undefined,
  done: 'dim',
  failed: 'problem',
};

function signOf(state: StepState | undefined, index: number): Segment {
  if (state === undefined) return { text: `${fitText(String(index + 1), 3, 'right')}  `, role: 'dim' };
  const { sign, role } = signs[state.state];
  return { text: `  ${sign}  `, role };
}

function elapsed({ since, until }: StepState, now: number): string {
  return since === undefined ? '' : seconds((until ?? now) - since);
}

/** What a plan costs is of interest until it is carried out. */
function costLines(plan: Plan, stage: Stage, context: ActionContext, width: number): Lines {
  if (stage.state !== 'asking') return [];
  const { interrupts, loses, undo } = plan;
  return [
    [],
    ...fact('goes', throughOf(plan, context), width, undefined),
    ...fact('interrupts', interrupts ?? 'nothing', width, interrupts === undefined ? undefined : 'busy'),
    ...fact('can lose', loses ?? 'nothing', width, loses === undefined ? undefined : 'problem'),
    ...fact('undone by', undo ?? 'nothing', width, undefined),
  ];
}

function fact(name: string, value: string, width: number, role: Role | undefined): Lines {
  return wrapText(value, Math.max(20, width - 16)).map((text, index): readonly Segment[] => [
    { text: `  ${fitText(index === 0 ? name : '', 12)}`, role: 'dim' },
    role === undefined ? { text } : { text, role },
  ]);
}

function endLines({ stage, finding }: ActionState, context: ActionContext, width: number, now: number): Lines {
  switch (stage.state) {
    case 'planning':
      return [[], [{ text: '  Looking at what it would do …', role: 'dim' }]];
    case 'refused':
      return [[], ...said('Refused, and nothing was done.', stage.reason, stage.remedy, width)];
    case 'nothing':
      return [[], [{ text: '  There is nothing to do: all of it is the case already.', role: 'good' }]];
    case 'asking':
      return questionLines(stage, width);
    case 'running':
      return [[], [{ text: `  Under way for ${seconds(now - stage.since)}.`, role: 'busy' }]];
    case 'failed': {
      const began = stage.steps.some(({ state }) => state === 'done' || state === 'failed');
      const what = began
        ? `It stopped after ${seconds(stage.until - stage.since)}.`
        : 'It stopped before anything was done.';
      return [[], ...said(what, stage.reason, stage.remedy, width)];
    }
    case 'over': {
      const took = seconds(stage.until - stage.since);
      const { done, proof, undo } = stage.outcome;
      const gone: Lines =
        finding === undefined
          ? []
          : context.finding === undefined
            ? [[{ text: '  ✓ ', role: 'good' }, { text: 'What was found is gone.' }]]
            : [[{ text: '  ≠ ', role: 'busy' }, { text: `Still found: ${context.finding}` }]];
      return [
        [],
        [{ text: `  ${done ? '✓ Done' : '✗ Not done'}, in ${took}.`, role: done ? 'good' : 'problem' }],
        ...proof
          .flatMap((one) => wrapText(one, width - 6))
          .map((text): readonly Segment[] => [{ text: `    ${text}` }]),
        ...gone,
        ...(undo === undefined ? [] : fact('undone by', undo, width, undefined)),
      ];
    }
  }
}

function said(what: string, reason: string, remedy: string | undefined, width: number): Lines {
  return [
    [{ text: `  ${what}`, role: 'problem' }],
    ...wrapText(reason, width - 6).map((text): readonly Segment[] => [{ text: `    ${text}` }]),
    ...(remedy === undefined ? [] : [[], ...fact('what to do', remedy, width, undefined)]),
  ];
}

function questionLines({ planned, editor, wrong }: Extract<Stage, { state: 'asking' }>, width: number): Lines {
  const word = wordOf(planned.plan);
  const about = ' to go on, esc leaves everything as it is  ';
  const used = widthOf(`  Type ${word}${about}`);
  const hasRoom = used + widthOf(word) + 2 <= width;
  const typed = typedSegments(editor, '', hasRoom ? width - used - 1 : width - 5);
  return [
    wrong === undefined
      ? []
      : [
          { text: wrong === '' ? '  Nothing was typed' : `  ${wrong} is not ${word}`, role: 'problem' },
          { text: ': nothing was done.', role: 'problem' },
        ],
    [{ text: '  Type ' }, { text: word, role: 'accent' }, { text: about }, ...(hasRoom ? typed : [])],
    ...(hasRoom ? [] : [[{ text: '  › ', role: 'accent' as const }, ...typed]]),
  ];
}

function seconds(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000));
  return whole < 120 ? `${whole}s` : `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
}
