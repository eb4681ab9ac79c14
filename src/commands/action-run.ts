import { createInterface } from 'node:readline/promises';
import { type Outcome, type Plan, type Planned, type Progress, RefusedError } from '../actions/model.ts';
import { type ActionArgs, type Extra, type ParsedAction, parseActionArgs } from './action-args.ts';
import { type OpenSite, openSite } from './action-site.ts';

/** A command that plans one action and carries it out. */
export interface ActionCommand {
  readonly name: string;
  readonly usage: string;
  readonly extra: Extra;
  /** Reads the command line, and answers how the action is planned. @throws Error for a wrong one */
  readonly read: (parsed: ParsedAction) => (open: OpenSite) => Promise<Planned>;
}

/** Runs such a command. Ends with 0 when it is done or only planned, with 1 when it was refused or failed, with 2 when the command line is wrong. */
export async function runAction(command: ActionCommand, args: readonly string[]): Promise<void> {
  // a reader such as head may go before all is written
  process.stdout.on('error', () => process.exit());
  let parsed: ParsedAction;
  let plan: (open: OpenSite) => Promise<Planned>;
  try {
    parsed = parseActionArgs(args, command.extra);
    if (parsed.args.help) {
      process.stdout.write(command.usage);
      return;
    }
    plan = command.read(parsed);
    if (!parsed.args.yes && !parsed.args.dryRun && !isAskable(parsed.args)) {
      throw new Error('there is no terminal to ask on: look at it with --dry-run, then give --yes');
    }
  } catch (error) {
    say(command, `${(error as Error).message}\nSee kubernetes-cpi ${command.name} --help`);
    process.exitCode = 2;
    return;
  }
  try {
    process.exitCode = await act(parsed.args, plan);
  } catch (error) {
    tellError(command, parsed.args, error as Error);
    process.exitCode = 1;
  }
}

async function act(args: ActionArgs, plan: (open: OpenSite) => Promise<Planned>): Promise<number> {
  const open = await openSite(args);
  try {
    const planned = await plan(open);
    if (!args.json) process.stdout.write(textOfPlan(planned.plan));
    if (args.dryRun) {
      if (args.json) printJson({ plan: planned.plan });
      return 0;
    }
    if (!args.yes && planned.plan.steps.length > 0 && !(await confirmed(planned.plan))) {
      throw new RefusedError('It was not confirmed, and nothing was done', 'Type the very word to go on');
    }
    const outcome = await planned.run((progress) => tellProgress(planned.plan, progress));
    if (args.json) printJson({ plan: planned.plan, outcome });
    else process.stdout.write(textOfOutcome(planned.plan, outcome));
    return outcome.done ? 0 : 1;
  } finally {
    open.close();
  }
}

function isAskable({ json }: ActionArgs): boolean {
  return !json && process.stdin.isTTY === true && process.stderr.isTTY === true;
}

async function confirmed({ confirm }: Plan): Promise<boolean> {
  const word = confirm ?? 'yes';
  const line = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await line.question(`\nType ${word} to go on: `)).trim() === word;
  } finally {
    line.close();
  }
}

function textOfPlan({ title, through, steps, interrupts, loses, undo }: Plan): string {
  const width = Math.max(0, ...steps.map(({ verb }) => verb.length));
  const lines = [
    `${title}, ${through === 'director' ? 'through the Director' : 'on Kubernetes'}`,
    ...steps.map(
      ({ verb, object, what }, index) => `${String(index + 1).padStart(3)}  ${verb.padEnd(width)}  ${object}: ${what}`,
    ),
    ...(steps.length === 0 ? ['Nothing is left to do'] : []),
    ...(interrupts === undefined ? [] : [`Interrupts: ${interrupts}`]),
    ...(loses === undefined ? [] : [`Could be lost: ${loses}`]),
    ...(undo === undefined || steps.length === 0 ? [] : [`Undo: ${undo}`]),
  ];
  return `${lines.map(plain).join('\n')}\n`;
}

function textOfOutcome({ title }: Plan, { done, proof, undo }: Outcome): string {
  const lines = [
    `${done ? 'Done' : 'Not done'}: ${title}`,
    ...proof.map((line) => `  ${line}`),
    ...(undo === undefined ? [] : [`Undo: ${undo}`]),
  ];
  return `${lines.map(plain).join('\n')}\n`;
}

/** A line for each step that begins, and what it tells below it. */
function tellProgress({ steps }: Plan, { step, state, note }: Progress): void {
  const { verb, object } = steps[step] ?? { verb: '', object: '' };
  const begins = state === 'running' && note === undefined;
  const line = begins ? `${step + 1}/${steps.length} ${verb} ${object}` : `    ${note ?? state}`;
  process.stderr.write(`${plain(line)}\n`);
}

function tellError(command: ActionCommand, { json }: ActionArgs, error: Error): void {
  const remedy = error instanceof RefusedError ? error.remedy : undefined;
  if (json) printJson({ refused: { reason: error.message, remedy: remedy ?? null } });
  say(command, remedy === undefined ? error.message : `${error.message}\n${remedy}`);
}

function say({ name }: ActionCommand, text: string): void {
  process.stderr.write(`kubernetes-cpi ${name}: ${text}\n`);
}

function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Messages of clusters and Directors may hold anything: a line must stay a line, and a terminal must not be told what to do. */
function plain(text: string): string {
  const lead = /^ */.exec(text)?.[0] ?? '';
  return lead + text.replace(/[\s\p{Cc}]+/gu, (gap) => (/^ +$/.test(gap) ? gap : ' ')).trim();
}
