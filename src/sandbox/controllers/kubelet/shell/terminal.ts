import { StringDecoder } from 'node:string_decoder';
import { tailLog } from '../container-log.ts';
import type { Machine } from '../machine.ts';
import { runText } from './script.ts';
import { followedLines } from './tail.ts';

/** Where a shell's output goes. */
export interface ShellOutput {
  write(text: string | Buffer): void;
  /** The shell ended. */
  end(exitCode: number): void;
}

/** A shell somebody types into. */
export interface ShellSession {
  input(data: Buffer): void;
  resize(columns: number, rows: number): void;
  /** Nobody types any more. */
  close(): void;
}

const PROMPT = 'bosh/0:~# ';
const INTERRUPTED = 130;

/** Whether a command asks for a shell to type into: `bash`, `bash -l`, `sh -c 'exec bash'`. */
export function isInteractive([program = '', ...args]: readonly string[]): boolean {
  if (!/(^|\/)(ba)?sh$/.test(program)) return false;
  const text = args[args.findIndex((word) => /^-\w*c$/.test(word)) + 1];
  const hasText = args.some((word) => /^-\w*c$/.test(word));
  return hasText ? /\bexec\b.*\b(ba)?sh\b/s.test(text ?? '') : args.every((word) => word.startsWith('-'));
}

/**
 * A shell behind a terminal: it echoes what is typed, edits the line, knows its size, and ctrl-c and ctrl-d.
 * Keys that move the cursor or complete words do nothing.
 */
export function startTerminal(machine: Machine, output: ShellOutput): ShellSession {
  const decoder = new StringDecoder('utf8');
  const history: string[] = [];
  let line = '';
  let recalled = 0;
  let exitCode = 0;
  let size = { columns: 80, rows: 24 };
  /** Ends what runs in the foreground. */
  let running: (() => void) | undefined;
  let over = false;

  const print = (text: string | Buffer) => output.write(text.toString().replaceAll('\n', '\r\n'));
  const prompt = () => output.write(PROMPT);

  function finish(code: number): void {
    over = true;
    running?.();
    output.end(code);
  }

  /** What the shell does itself. */
  const builtins: Readonly<Record<string, (argument: string | undefined) => void>> = {
    clear: () => output.write('\x1b[H\x1b[2J'),
    exit: (code) => finish(Number(code ?? exitCode) & 0xff),
    logout: (code) => finish(Number(code ?? exitCode) & 0xff),
    sleep: (seconds) => {
      const timer = setTimeout(foregroundEnds, Number(seconds ?? 0) * 1000);
      running = () => clearTimeout(timer);
    },
    stty: (what) => print(what === 'size' ? `${size.rows} ${size.columns}\n` : 'speed 38400 baud; line = 0;\n'),
  };

  function foregroundEnds(): void {
    running = undefined;
    prompt();
  }

  function run(): void {
    const text = line.trim();
    line = '';
    output.write('\r\n');
    if (text !== '') history.push(text);
    recalled = history.length;
    const [name = '', argument] = text.split(/\s+/);
    const followed = followedLines(text);
    if (followed !== undefined)
      running = tailLog(machine.log(), followed, (bytes) => print(Buffer.from(bytes)), foregroundEnds);
    else if (Object.hasOwn(builtins, name)) builtins[name]?.(argument);
    else if (text !== '') {
      const result = runText(machine, text, exitCode);
      print(result.stdout);
      print(result.stderr.replace(/^(\S+: command not found)/, 'bash: $1'));
      exitCode = result.exitCode;
    }
    if (!over && running === undefined) prompt();
  }

  function interrupt(): void {
    running?.();
    running = undefined;
    exitCode = INTERRUPTED;
    line = '';
    output.write('^C\r\n');
    prompt();
  }

  /** Puts another text where the line is. */
  function replace(text: string): void {
    output.write(`\r${PROMPT}\x1b[K${text}`);
    line = text;
  }

  function recall(step: number): void {
    recalled = Math.max(0, Math.min(history.length, recalled + step));
    replace(history[recalled] ?? '');
  }

  const keys: Readonly<Record<string, () => void>> = {
    '\r': run,
    '\n': run,
    '\x04': leave,
    '\x7f': erase,
    '\b': erase,
    '\x15': () => replace(''),
    '\x0c': () => output.write(`\x1b[H\x1b[2J${PROMPT}${line}`),
    '\x1b[A': () => recall(-1),
    '\x1bOA': () => recall(-1),
    '\x1b[B': () => recall(1),
    '\x1bOB': () => recall(1),
  };

  function press(key: string): void {
    if (key === '\x03') interrupt();
    else if (running !== undefined) return;
    else if (Object.hasOwn(keys, key)) keys[key]?.();
    else if (key >= ' ') {
      line += key;
      output.write(key);
    }
  }

  function leave(): void {
    if (line !== '') return;
    output.write('logout\r\n');
    finish(exitCode);
  }

  function erase(): void {
    if (line === '') return;
    line = [...line].slice(0, -1).join('');
    output.write('\b \b');
  }

  prompt();
  return {
    input(data) {
      for (const key of keysOf(decoder.write(data))) if (!over) press(key);
    },
    resize(columns, rows) {
      size = { columns, rows };
    },
    close: () => {
      if (!over) finish(exitCode);
    },
  };
}

/** Single keys; an escape sequence is one, and the marks of a paste are two that do nothing. */
function* keysOf(text: string): Generator<string> {
  let rest = text;
  while (rest !== '') {
    const [, sequence] = /^.((?:\[[0-9;?]*[ -/]*[@-~]|O.)?)/su.exec(rest) ?? [];
    const key = rest.startsWith('\x1b') ? `\x1b${sequence}` : String.fromCodePoint(rest.codePointAt(0) ?? 0);
    yield key;
    rest = rest.slice(key.length);
  }
}
