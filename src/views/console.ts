import type { Source, Where } from '../tui/session.ts';
import type { ThemeName } from '../tui/theme.ts';
import { consoleUsage, parseConsoleArgs } from './console-args.ts';

export interface ConsoleOptions {
  /** Loaded after the first frame is on the screen: the way to a cluster is long, and an operator should see that we are on it. */
  readonly source: () => Promise<Source>;
  readonly where: Where;
  readonly readonly: boolean;
  /** The header says that nothing here is real. */
  readonly demo: boolean;
  readonly theme?: ThemeName;
  readonly screenReader?: boolean;
  readonly stdin?: NodeJS.ReadStream;
  readonly stdout?: NodeJS.WriteStream;
}

/** The console by a command line. Ends the process: with 2 when there is no terminal or an argument is wrong, with 1 when the console failed. */
export async function runConsole(args: readonly string[]): Promise<void> {
  const parsed = parseConsoleArgs(args);
  if (parsed.state === 'help') {
    process.stdout.write(consoleUsage);
    return;
  }
  if (parsed.state === 'wrong') {
    process.stderr.write(`kubernetes-cpi console: ${parsed.problem}\n\n${consoleUsage}`);
    process.exitCode = 2;
    return;
  }
  const { kubeconfig, environment, where, ...options } = parsed;
  await openConsole({
    ...options,
    demo: false,
    where,
    source: async () => (await import('./kubeconfig-source.ts')).kubeconfigSource(kubeconfig, environment),
  });
  // Connections that idle would hold the process for seconds.
  process.exit();
}

/**
 * Shows the console until its operator leaves it; the terminal is then as it was before. Sets the exit status: 2 when there is no terminal, 1 when it
 * failed and said why, that of a signal when one ended it.
 */
export async function openConsole(options: ConsoleOptions): Promise<void> {
  const { stdin = process.stdin, stdout = process.stdout } = options;
  if (!stdin.isTTY || !stdout.isTTY) {
    process.stderr.write(withoutTerminal);
    process.exitCode = 2;
    return;
  }
  try {
    // What is typed while the screen is being loaded must neither be echoed into it nor wait for Enter.
    stdin.setRawMode(true);
    await (await import('./console-screen.tsx')).showConsole(options, { stdin, stdout });
  } catch (error) {
    await tellFailure(error);
  } finally {
    letGo(stdin);
  }
}

/** By now the screen is the shell's again. The whole story goes to the log, for whoever mends it. */
async function tellFailure(error: unknown): Promise<void> {
  const { consolePaths } = await import('../configuration/paths.ts');
  const { openLog } = await import('../tui/log.ts');
  const { log } = consolePaths(process.env);
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  openLog(log).write(stack);
  process.stderr.write(`kubernetes-cpi: the console failed: ${message}\nThe log has more: ${log}\n`);
  process.exitCode = 1;
}

function letGo(stdin: NodeJS.ReadStream): void {
  try {
    stdin.setRawMode(false);
  } catch {
    // The terminal is gone: EIO.
  }
}

const withoutTerminal = `kubernetes-cpi console: needs a terminal for input and output
kubernetes-cpi vms, disks and stemcells print the same as text or JSON
`;
