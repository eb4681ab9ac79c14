import { clusterCommands } from '../tui/commands/cluster-commands.ts';
import { consoleCommands } from '../tui/commands/console-commands.ts';
import { moveCommands } from '../tui/commands/move-commands.ts';
import { openers } from '../tui/commands/openers.ts';
import { tableCommands } from '../tui/commands/table-commands.ts';
import { Screen } from '../tui/components/screen.tsx';
import { inkTerminal } from '../tui/ink-terminal.ts';
import type { Source } from '../tui/session.ts';
import { connectTo, createShell, leaveCluster } from '../tui/shell.ts';
import type { ShellState } from '../tui/state.ts';
import { themeOf } from '../tui/theme.ts';
import type { ConsoleOptions } from './console.ts';
import { views } from './views.ts';

/** A terminal's two ends. */
export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

/** Signals' numbers: a program that was ended by one has 128 and that as its exit status. */
const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 };

/** Shows the console in a terminal until its operator leaves it. */
export async function showConsole(options: ConsoleOptions, { stdin, stdout }: Streams): Promise<void> {
  const screenReader = options.screenReader ?? process.env.INK_SCREEN_READER === 'true';
  const { terminal, show } = inkTerminal({ stdin, stdout, screenReader });
  const shell = createShell({
    views,
    commands: [...moveCommands, ...tableCommands, ...openers(views), ...clusterCommands, ...consoleCommands],
    first: 'vms',
    source: later(options.source),
    terminal,
    size: sizeOf(stdout.columns, stdout.rows),
    theme: themeOf(options.theme, process.env, stdout.getColorDepth()),
    asked: { readonly: options.readonly, theme: options.theme },
    demo: options.demo,
  });
  try {
    const signal = await show(
      (lender) => <Screen shell={shell} lender={lender} />,
      () => void connectTo(shell, options.where),
      (columns, rows) => shell.store.setState({ size: sizeOf(columns, rows) }),
    );
    if (signal !== undefined) process.exitCode = 128 + (signalNumbers[signal] ?? 0);
  } finally {
    leaveCluster(shell);
  }
}

/** Some terminals, e.g. a serial line, do not know their size and say 0. */
function sizeOf(columns: number, rows: number): ShellState['size'] {
  return { columns: columns || 80, rows: rows || 24 };
}

/** A source that is loaded when first asked. */
function later(load: () => Promise<Source>): Source {
  let loaded: Promise<Source> | undefined;
  const get = () => {
    loaded ??= load();
    return loaded;
  };
  return {
    contexts: async () => (await get()).contexts(),
    open: async (where) => (await get()).open(where),
  };
}
