import { styleText } from 'node:util';
import type { Change } from './objects.ts';
import type { Step } from './story.ts';

/** Widest line: longer ones are hard to read in any terminal. */
const widest = 110;

function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Words in lines of the terminal's width, each begun by the indent. */
function wrap(text: string, indent: string): string {
  const width = Math.min(process.stdout.columns ?? widest, widest) - indent.length;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((part) => indent + part).join('\n');
}

/** What the program is about to do. */
export function showOpening(): void {
  say();
  say(styleText('bold', wrap('One machine, from its creation to its end, as a BOSH Director has it made.', '  ')));
  say(
    wrap(
      'The cluster is embedded in this process and runs nothing; the CPI is the real one, started anew for every call.',
      '  ',
    ),
  );
  say(
    `  ${styleText('green', '+')} made   ${styleText('yellow', '±')} made anew   ${styleText('yellow', '~')} changed   ${styleText('red', '-')} gone`,
  );
}

/** Headline of a step, and the request. */
export function showStep(number: number, count: number, step: Step, args: readonly unknown[]): void {
  say();
  say(styleText(['bold', 'cyan'], `${String(number).padStart(2)}/${count}  ${step.title}`));
  if (step.why !== '') say(styleText('dim', wrap(step.why, '       ')));
  say(
    `       ${styleText('bold', '→')} ${styleText('bold', step.method)} ${shorten(args.map((value) => JSON.stringify(value)).join(' '))}`,
  );
}

/** Something that happens between the calls. */
export function showEvent(text: string): void {
  say(styleText('magenta', wrap(text, '       · ')));
}

export interface Answer {
  readonly result: unknown;
  readonly error: { readonly type: string; readonly message: string } | null;
}

/** The answer, and how long it took in milliseconds. */
export function showAnswer(answer: Answer, milliseconds: number): void {
  const took = styleText('dim', `${Math.round(milliseconds)} ms`);
  if (answer.error === null)
    say(`       ${styleText(['bold', 'green'], '←')} ${shorten(JSON.stringify(answer.result))}  ${took}`);
  else {
    say(`       ${styleText(['bold', 'yellow'], '←')} ${styleText('yellow', answer.error.type)}  ${took}`);
    say(wrap(answer.error.message, '         '));
  }
}

const colours = { '+': 'green', '±': 'yellow', '~': 'yellow', '-': 'red' } as const;

/** What the call did to the cluster. */
export function showChanges(changes: readonly Change[]): void {
  for (const { sign, object } of changes) {
    const name = `${object.kind} ${object.name}`.padEnd(64);
    const line = sign === '-' ? name.trimEnd() : `${name} ${styleText('dim', object.detail)}`;
    say(`         ${styleText(colours[sign], sign)} ${line}`);
  }
}

/** Last words. */
export function showEnd(left: number): void {
  say();
  if (left > 0) {
    say(styleText('red', `  ${left} objects are left: that is a mistake, please report it.`));
    return;
  }
  say(styleText('bold', '  Nothing is left of it.'));
  say(wrap('Next: README.md, "Use it", gives a real Director this CPI.', '  '));
  say();
}

function shorten(text: string): string {
  const room = Math.min(process.stdout.columns ?? widest, widest) - 24;
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
}
