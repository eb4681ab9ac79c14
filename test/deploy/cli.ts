import { runToEnd } from './ended.ts';

/** What came of one command of the bosh CLI. */
export interface Answer {
  readonly status: number | null;
  /** Rows of all its tables, by column. */
  readonly rows: readonly Readonly<Record<string, string>>[];
  /** Everything it said, a line each. */
  readonly lines: readonly string[];
  /** The Director's last task of it. */
  readonly task: string;
  readonly seconds: number;
}

interface Output {
  readonly Tables?: readonly { readonly Rows: readonly Readonly<Record<string, string>>[] | null }[] | null;
  readonly Lines?: readonly string[] | null;
  /** What a task reports of its stages, its error in the end. */
  readonly Blocks?: readonly string[] | null;
}

/** A command that takes longer is killed: the Director's own waits end before. */
const boundMs = 900_000;

/** Runs a command of the bosh CLI against the Director of the environment, and gives what it said whether it succeeded or not. */
export async function tryBosh(...args: readonly string[]): Promise<Answer> {
  const started = performance.now();
  const words = ['--non-interactive', '--json', ...args];
  const said = await runToEnd(process.env.BOSH_CLI ?? 'bosh', words, boundMs);
  const { Tables, Lines, Blocks } = parse(said.stdout);
  const lines = [...(Lines ?? []), ...(Blocks ?? []).join('').split('\n'), ...said.stderr.split('\n')]
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return {
    status: said.status,
    rows: (Tables ?? []).flatMap(({ Rows }) => Rows ?? []),
    lines,
    task: lines.flatMap((line) => /^Task (\d+)/.exec(line)?.[1] ?? []).at(-1) ?? '',
    seconds: (performance.now() - started) / 1000,
  };
}

/** The same, where only success will do. @throws Error with the Director's and the CPI's words */
export async function bosh(...args: readonly string[]): Promise<Answer> {
  const answer = await tryBosh(...args);
  if (answer.status !== 0)
    throw new Error(`bosh ${args.join(' ')}: ended with ${answer.status}\n${answer.lines.slice(-15).join('\n')}`);
  return answer;
}

/** The Director's own log of a task, every message to an agent in it. */
export async function debugLog(task: string): Promise<string> {
  return (await bosh('task', task, '--debug')).lines.join('\n');
}

/** Before `--json` was read the CLI may say a plain sentence. */
function parse(text: string): Output {
  try {
    return JSON.parse(text) as Output;
  } catch {
    return { Lines: text.split('\n') };
  }
}
