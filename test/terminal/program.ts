import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { shipped } from '../support/program.ts';
import { openTerminal, type Terminal } from './terminal.ts';

export interface ProgramOptions {
  readonly columns?: number;
  readonly rows?: number;
  /** Variables beside the clean environment's. */
  readonly env?: Readonly<Record<string, string>>;
  /** The cluster of the current context; a kubeconfig that names none when omitted. */
  readonly sandbox?: Pick<Sandbox, 'kubeconfig'>;
  /** Text of the console's configuration file. */
  readonly configuration?: string;
  /** A command that is given the program's command line, e.g. a shell. */
  readonly under?: readonly string[];
}

export interface Program {
  readonly terminal: Terminal;
  /** Where HOME and the XDG folders are. */
  readonly home: string;
}

/**
 * Starts what ships, the executable where TEST_EXECUTABLE names one, in a terminal and with a home of its own. Both go with the test.
 * @param args the command line, e.g. `['console', '--readonly']`
 */
export async function startProgram(
  t: ExecutionContext,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Program> {
  const home = makeHome(t);
  const configFolder = join(home, 'config/kubernetes-cpi');
  mkdirSync(configFolder, { recursive: true });
  if (options.configuration !== undefined) writeFileSync(join(configFolder, 'config.yml'), options.configuration);
  const kubeconfig = join(home, 'kubeconfig.json');
  if (options.sandbox !== undefined) writeFileSync(kubeconfig, JSON.stringify(options.sandbox.kubeconfig));
  const { columns = 120, rows = 40 } = options;
  const env = { ...cleanEnvironment(home), KUBECONFIG: kubeconfig, ...options.env };
  const terminal = openTerminal([...(options.under ?? []), ...(await shipped.command()), ...args], {
    columns,
    rows,
    env,
  });
  t.teardown(() => terminal.close());
  return { terminal, home };
}

/** Starts a cluster that goes with the test. */
export async function startCluster(t: ExecutionContext): Promise<Sandbox> {
  const { startSandbox } = await import('../../src/sandbox/sandbox.ts');
  const sandbox = await startSandbox();
  t.teardown(() => sandbox.stop());
  return sandbox;
}

function makeHome(t: ExecutionContext): string {
  const home = mkdtempSync(join(tmpdir(), 'kubernetes-cpi-home-'));
  t.teardown(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** What a login over SSH gives, and nothing of whoever runs the tests: with CI in it Ink would draw the last frame only, and chalk no colour. */
function cleanEnvironment(home: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CACHE_HOME: join(home, 'cache'),
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
  };
}
