import { parseArgs } from 'node:util';
import type { Through } from '../actions/model.ts';
import { clusterOptions } from './cluster-options.ts';

/** What the command lines of all actions have in common. */
export interface ActionArgs {
  readonly help: boolean;
  readonly json: boolean;
  /** Show the plan, and do nothing. */
  readonly dryRun: boolean;
  /** Do not ask. */
  readonly yes: boolean;
  readonly through: Through | undefined;
  /** Address or alias of the Director; as the bosh CLI finds it when undefined. */
  readonly environment: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
}

const common = {
  ...clusterOptions,
  'dry-run': { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  through: { type: 'string' },
  environment: { type: 'string', short: 'e' },
} as const;

/** An option of one command alone. */
export type Extra = Readonly<Record<string, { readonly type: 'boolean' | 'string' }>>;

export interface ParsedAction {
  readonly args: ActionArgs;
  readonly words: readonly string[];
  /** Whether a flag of the command's own was given. */
  flag(name: string): boolean;
  /** The value of an option of the command's own. */
  text(name: string): string | undefined;
}

/** @throws Error that names what is wrong and what would be right */
export function parseActionArgs(args: readonly string[], extra: Extra): ParsedAction {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...common, ...extra },
    allowPositionals: true,
  });
  const given: Readonly<Record<string, string | boolean | undefined>> = values;
  const flag = (name: string) => given[name] === true;
  const text = (name: string) => (typeof given[name] === 'string' ? given[name] : undefined);
  const through = text('through');
  if (through !== undefined && through !== 'director' && through !== 'kubernetes') {
    throw new Error(`--through: ${through} is neither director nor kubernetes`);
  }
  return {
    words: positionals,
    flag,
    text,
    args: {
      help: flag('help'),
      json: flag('json'),
      dryRun: flag('dry-run'),
      yes: flag('yes'),
      through,
      environment: text('environment'),
      kubeconfig: text('kubeconfig'),
      context: text('context'),
      namespace: text('namespace'),
    },
  };
}

/** Words that must be there, by what they are. @throws Error */
export function requireWords(words: readonly string[], ...names: readonly string[]): readonly string[] {
  const missing = names[words.length];
  if (missing !== undefined) throw new Error(`${missing} is missing`);
  const extra = words[names.length];
  if (extra !== undefined) throw new Error(`${extra} is one word too many`);
  return words;
}

export const commonUsage = `
  --dry-run              show the plan, and do nothing
  -y, --yes              do not ask; without a terminal nothing is done without it
  --json                 plan and outcome as JSON
  --through NAME         director or kubernetes, instead of the Director where one is configured
  -e, --environment NAME the Director, an address or an alias, instead of $BOSH_ENVIRONMENT;
                         credentials and CA as the bosh CLI finds them ($BOSH_CLIENT, ~/.bosh/config, …)
  --kubeconfig FILE      instead of $KUBECONFIG or ~/.kube/config
  --context NAME         instead of its current context
  -n, --namespace NAME   instead of the context's namespace

Progress is told on stderr, the plan and what came of it on stdout.
Exit status: 0 done, 1 refused or failed, 2 the command line is wrong
`;
