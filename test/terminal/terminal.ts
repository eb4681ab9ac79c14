import { constants } from 'node:os';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { sequenceOf } from './keys.ts';

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly cwd?: string;
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a program left behind. */
export interface Exit {
  readonly code: number;
  /** Name of the signal that ended it. */
  readonly signal: string | undefined;
}

/** A terminal with a program in it: what a person would see and press. */
export interface Terminal {
  readonly pid: number;
  /** Every line of the screen as it stands, without blanks at its end. */
  screen(): readonly string[];
  /** The screen as one text. */
  text(): string;
  /** Everything the program wrote, escape sequences included. */
  written(): string;
  /** Number of characters written so far: where to look for what comes next, see `waitForWritten`. */
  readonly length: number;
  readonly cursor: { readonly column: number; readonly row: number; readonly visible: boolean };
  /** On the alternate screen, which leaves the scrollback alone. */
  readonly alternate: boolean;
  readonly bracketedPaste: boolean;
  readonly mouse: boolean;
  /** Waits until the screen holds a text, matches, or fulfils a condition; the failure shows the screen. */
  waitFor(what: string | RegExp | ((terminal: Terminal) => boolean), timeoutMs?: number): Promise<void>;
  /** Presses keys one by one, see `keys.ts` for their names. */
  press(...keys: readonly string[]): void;
  /** Sends characters in one chunk, as fast typing over a slow line does. */
  type(text: string): void;
  /** As `type`, but in the marks of a paste where the program asked for them. */
  paste(text: string): void;
  resize(columns: number, rows: number): void;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<Exit>;
  /** Ends the program for good. */
  close(): Promise<void>;
}

const signalNames: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name]),
);

/** Starts a program in a terminal of the given size, 120x40 when omitted. The caller closes it. */
export function openTerminal(command: readonly string[], options: TerminalOptions): Terminal {
  const { columns: cols = 120, rows = 40 } = options;
  const [file = '', ...args] = command;
  const pty = spawn(file, args, {
    name: 'xterm-256color',
    cols,
    rows,
    cwd: options.cwd ?? process.cwd(),
    env: { ...options.env },
  });
  const display = new xterm.Terminal({ cols, rows, allowProposedApi: true, scrollback: 1000 });
  const watchers = new Set<() => void>();
  let written = '';
  let running = true;

  pty.onData((data) => {
    written += data;
    display.write(data, () => {
      for (const watcher of watchers) watcher();
    });
  });
  // what programs ask of a terminal (its kind, the cursor's place) is answered by it, not by a person
  display.onData((reply) => {
    if (running) pty.write(reply);
  });
  const exited = new Promise<Exit>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      running = false;
      // what was written last is on the screen first
      display.write('', () => {
        for (const watcher of watchers) watcher();
        resolve({ code: exitCode, signal: signal ? (signalNames.get(signal) ?? String(signal)) : undefined });
      });
    });
  });

  function screen(): readonly string[] {
    const { active } = display.buffer;
    return Array.from({ length: display.rows }, (_, row) => {
      return (
        active
          .getLine(active.baseY + row)
          // cells that a narrower screen cut off are still in the buffer
          ?.translateToString(true, 0, display.cols)
          .trimEnd() ?? ''
      );
    });
  }

  function waitFor(what: string | RegExp | ((terminal: Terminal) => boolean), timeoutMs = 20_000): Promise<void> {
    const met = () => {
      if (typeof what === 'function') return what(terminal);
      return typeof what === 'string' ? terminal.text().includes(what) : what.test(terminal.text());
    };
    return new Promise((resolve, reject) => {
      const settle = (failure?: string) => {
        clearTimeout(timer);
        watchers.delete(watcher);
        if (failure === undefined) return resolve();
        reject(new Error(`${failure}: ${what}\n${framed(terminal)}`));
      };
      const watcher = () => {
        if (met()) settle();
        else if (!running) settle('the program ended before the screen showed');
      };
      const timer = setTimeout(() => settle(`not on the screen within ${timeoutMs} ms`), timeoutMs);
      watchers.add(watcher);
      watcher();
    });
  }

  const terminal: Terminal = {
    pid: pty.pid,
    screen,
    text: () => screen().join('\n'),
    written: () => written,
    get length() {
      return written.length;
    },
    get cursor() {
      const { cursorX, cursorY } = display.buffer.active;
      // xterm tells no program's wish here; the last one counts
      const visible = written.lastIndexOf('\x1b[?25l') <= written.lastIndexOf('\x1b[?25h');
      return { column: cursorX, row: cursorY, visible };
    },
    get alternate() {
      return display.buffer.active.type === 'alternate';
    },
    get bracketedPaste() {
      return display.modes.bracketedPasteMode;
    },
    get mouse() {
      return display.modes.mouseTrackingMode !== 'none';
    },
    waitFor,
    press(...keys) {
      for (const key of keys) pty.write(sequenceOf(key));
    },
    type: (text) => pty.write(text),
    paste: (text) => pty.write(display.modes.bracketedPasteMode ? `\x1b[200~${text}\x1b[201~` : text),
    resize(columns, lines) {
      display.resize(columns, lines);
      pty.resize(columns, lines);
    },
    kill: (signal) => process.kill(pty.pid, signal),
    exited,
    async close() {
      if (running) pty.kill('SIGKILL');
      await exited;
      display.dispose();
    },
  };
  return terminal;
}

/** The screen in a frame, for failures: how wide it was, and where its blanks are, can be seen. */
function framed(terminal: Terminal): string {
  const lines = terminal.screen();
  const width = Math.max(...lines.map((line) => line.length));
  const edge = `+${'-'.repeat(width)}+`;
  return [edge, ...lines.map((line) => `|${line.padEnd(width)}|`), edge].join('\n');
}
