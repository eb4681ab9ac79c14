import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

/** A program in a terminal, and when what it wrote arrived. Times are of `performance.now()`, in milliseconds. */
export interface Watched {
  readonly started: number;
  /** The screen's lines, without what trails them. */
  screen(): readonly string[];
  /** When the screen first satisfied `sees`; rejects after `timeoutMs`. */
  until(what: string, sees: (lines: readonly string[]) => boolean, timeoutMs: number): Promise<number>;
  /** Sends a key. @returns when the next bytes came, or undefined when none came within a second */
  press(key: string): Promise<number | undefined>;
  /** Resident memory in MB. */
  residentMegabytes(): number;
  /** Processor time of all threads so far, in milliseconds. */
  processorMs(): number;
  stop(): Promise<void>;
}

/** Linux counts processor time in hundredths of a second for every program (USER_HZ, proc_pid_stat(5)). */
const tickMs = 10;

/** Starts a program in a terminal of 120 columns and 40 rows, with an environment of its own. */
export function watch(file: string, args: readonly string[]): Watched {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-cpi-bench-home-'));
  const screen = new xterm.Terminal({ cols: 120, rows: 40, allowProposedApi: true });
  const listeners = new Set<() => void>();
  let arrived = 0;
  const started = performance.now();
  const child = spawn(file, [...args], {
    cols: 120,
    rows: 40,
    env: { TERM: 'xterm-256color', LANG: 'C.UTF-8', PATH: process.env.PATH ?? '', HOME: folder },
  });
  const ended = new Promise<void>((resolve) => child.onExit(() => resolve()));
  child.onData((data) => {
    arrived = performance.now();
    screen.write(data, () => {
      for (const listener of listeners) listener();
    });
  });

  function lines(): readonly string[] {
    const { active } = screen.buffer;
    return Array.from({ length: screen.rows }, (_, row) => active.getLine(row)?.translateToString(true) ?? '');
  }

  function until(what: string, sees: (lines: readonly string[]) => boolean, timeoutMs: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        listeners.delete(look);
        reject(new Error(`${what}: not seen within ${timeoutMs} ms on\n${lines().join('\n')}`));
      }, timeoutMs);
      function look(): void {
        if (!sees(lines())) return;
        clearTimeout(timer);
        listeners.delete(look);
        resolve(arrived);
      }
      listeners.add(look);
      look();
    });
  }

  function press(key: string): Promise<number | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => finish(undefined), 1000);
      const { dispose } = child.onData(() => finish(performance.now()));
      function finish(time: number | undefined): void {
        clearTimeout(timer);
        dispose();
        resolve(time);
      }
      child.write(key);
    });
  }

  return {
    started,
    screen: lines,
    until,
    press,
    residentMegabytes: () => (Number(/VmRSS:\s+(\d+)/.exec(proc('status'))?.[1]) * 1024) / 1e6,
    processorMs() {
      // after the name, which may hold spaces: state is the third field, utime and stime the 14th and 15th
      const fields = proc('stat')
        .replace(/^.*\) /s, '')
        .split(' ');
      return (Number(fields[11]) + Number(fields[12])) * tickMs;
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };

  function proc(name: string): string {
    return readFileSync(`/proc/${child.pid}/${name}`, 'utf8');
  }
}
