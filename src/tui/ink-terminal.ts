import { render } from 'ink';
import type { ReactNode } from 'react';
import type { Terminal } from './terminal.ts';

/** What only a component inside the screen can get hold of. */
interface Hold {
  readonly suspend: (use: () => void | Promise<void>) => Promise<void>;
  readonly exit: () => void;
}

/** Takes that from the screen as soon as it is there. */
export interface Lender {
  take(hold: Hold): void;
}

export interface ScreenOptions {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** Linear text instead of a screen that is drawn over. */
  readonly screenReader: boolean;
}

export interface InkTerminal {
  readonly terminal: Terminal;
  /**
   * Shows a screen until it is quit, the program is told to end, or something fails. The terminal is as it was before when this settles.
   * @param shown called when the first frame is on its way to the terminal
   * @param resized called when the terminal has another size, in columns and rows
   * @returns the signal that ended it
   * @throws what failed
   */
  show(
    screen: (lender: Lender) => ReactNode,
    shown: () => void,
    resized: (columns: number, rows: number) => void,
  ): Promise<NodeJS.Signals | undefined>;
}

/** Signals by which others end a program. SIGINT comes from outside only: Ctrl-C is a key here. */
const endings = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const;

/** Begins what is shown all at once (DEC 2026), which Ink's next frame ends; empties the screen, with the cursor at its beginning. */
const emptyScreen = '\x1b[?2026h\x1b[2J\x1b[H';

/** A terminal drawn by Ink. */
export function inkTerminal({ stdin, stdout, screenReader }: ScreenOptions): InkTerminal {
  let hold: Hold | undefined;
  let lent = false;

  async function lend(use: () => void | Promise<void>): Promise<void> {
    if (hold === undefined || lent) return;
    lent = true;
    try {
      await hold.suspend(use);
    } finally {
      lent = false;
    }
  }

  /** The whole group stops, as the shell expects of its job. Where no shell waits the kernel ignores the signal, and the console just goes on. */
  async function stop(): Promise<void> {
    await lend(async () => {
      process.off('SIGTSTP', stop);
      process.kill(0, 'SIGTSTP');
      await new Promise((resolve) => setTimeout(resolve, 50));
      process.on('SIGTSTP', stop);
    });
  }

  // Whoever stopped the program left the terminal in a state of its own.
  const redraw = () => lend(() => {});

  const show: InkTerminal['show'] = async (screen, shown, resized) => {
    let ending: NodeJS.Signals | undefined;
    let failure: { readonly error: unknown } | undefined;
    const node = screen({
      take(taken) {
        hold = taken;
      },
    });
    const instance = render(node, {
      stdin,
      stdout,
      exitOnCtrlC: false,
      patchConsole: false,
      alternateScreen: !screenReader,
      incrementalRendering: !screenReader,
      isScreenReaderEnabled: screenReader,
      maxFps: 60,
      interactive: true,
    });
    const end = (signal: NodeJS.Signals) => {
      // The same key reaches a pager, and what it means is for the pager to say.
      if (lent && (signal === 'SIGINT' || signal === 'SIGQUIT')) return;
      ending = signal;
      instance.unmount();
    };
    const fail = (error: unknown) => {
      failure ??= { error };
      instance.unmount();
    };
    const resize = () => {
      if (!lent && !screenReader) {
        // Ink draws only lines that differ, yet a terminal that gets wider may show again what it had cut off (xterm.js does).
        instance.clear();
        stdout.write(emptyScreen);
      }
      resized(stdout.columns, stdout.rows);
    };
    const handlers: readonly (readonly [string, (argument: never) => void])[] = [
      ...endings.map((signal) => [signal, end] as const),
      ['SIGTSTP', stop],
      ['SIGCONT', redraw],
      ['uncaughtException', fail],
      ['unhandledRejection', fail],
    ];
    for (const [event, handler] of handlers) process.on(event, handler as () => void);
    // The terminal itself may go, e.g. with the connection it came through: then there is nobody to tell, and nothing to restore.
    stdout.on('error', () => end('SIGHUP'));
    stdout.on('resize', resize);
    try {
      void instance.waitUntilRenderFlush().then(shown);
      await instance.waitUntilExit();
    } finally {
      for (const [event, handler] of handlers) process.off(event, handler as () => void);
      stdout.off('resize', resize);
    }
    if (failure !== undefined) throw failure.error;
    return ending;
  };

  const terminal: Terminal = {
    lend,
    send: (sequence) => void stdout.write(sequence),
    stop,
    redraw,
    quit: () => hold?.exit(),
  };
  return { terminal, show };
}
