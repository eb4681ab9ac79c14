import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where the console keeps what is the operator's. */
export interface ConsolePaths {
  readonly configuration: string;
  readonly log: string;
  /** Who did what to the cluster. */
  readonly audit: string;
}

/**
 * The console's files, by the XDG base directories on every system: those who work in terminals look there on macOS too.
 * Source: https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function consolePaths(env: NodeJS.ProcessEnv): ConsolePaths {
  return {
    configuration: join(folder(env, 'XDG_CONFIG_HOME', '.config'), 'config.yml'),
    log: join(folder(env, 'XDG_STATE_HOME', '.local/state'), 'console.log'),
    audit: join(folder(env, 'XDG_STATE_HOME', '.local/state'), 'audit.jsonl'),
  };
}

/** The rule: a relative path in such a variable is to be ignored. */
function folder(env: NodeJS.ProcessEnv, variable: string, otherwise: string): string {
  const set = env[variable] ?? '';
  return join(isAbsolute(set) ? set : join(env.HOME || homedir(), otherwise), 'kubernetes-cpi');
}
