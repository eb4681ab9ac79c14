import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { addressAnnotation } from '../../src/bosh/labels.ts';
import { openTerminal, type Terminal } from '../../test/terminal/terminal.ts';
import type { Figure, Section } from '../report.ts';
import type { Setting } from '../setting.ts';
import { median, p95 } from '../statistics.ts';
import type { Fleet } from './fleet.ts';
import { processorMs, residentMegabytes } from './footprint.ts';

/** What the console must keep at a number of machines; a number without limits is reported only. */
interface Limits {
  readonly firstFrameMs?: number;
  readonly firstRowsMs?: number;
  readonly tableMs?: number;
  readonly megabytes?: number;
  readonly idlePercent?: number;
  readonly changeMs?: number;
  readonly keyMs?: number;
}

const limits: Readonly<Record<number, Limits>> = {
  5000: { firstFrameMs: 150, tableMs: 1000, megabytes: 150, idlePercent: 1, changeMs: 150, keyMs: 30 },
  20000: { firstRowsMs: 600, tableMs: 7000, megabytes: 350, idlePercent: 2, keyMs: 30 },
};

const starts = 5;
/** What is read after the machines, and what the runtime tidies up, is not rest yet. */
const settleMs = 10_000;
const idleMs = 60_000;
const changes = 60;
const presses = 200;

/** Longest wait for anything to be seen, in milliseconds: a limit that is missed is a figure, not a failure. */
const patienceMs = 60_000;

/** The console on `count` machines: its start several times over, then one of them at rest, with changes, and with keys. */
export async function measureConsole(setting: Setting, fleet: Fleet, count: number): Promise<Section> {
  const limit = limits[count] ?? {};
  const home = mkdtempSync(join(tmpdir(), 'kubernetes-cpi-bench-home-'));
  const opened: Opened[] = [];
  try {
    for (let run = 0; run < starts; run++) {
      await opened.at(-1)?.terminal.close();
      opened.push(await open(setting, home, count));
    }
    const { terminal } = opened.at(-1) as Opened;
    await sleep(settleMs);
    const before = processorMs(terminal.pid);
    await sleep(idleMs);
    const idle = ((processorMs(terminal.pid) - before) / idleMs) * 100;
    const megabytes = residentMegabytes(terminal.pid);
    const shown = await changesOnScreen(setting, fleet, terminal);
    const framed = await framesOfKeys(terminal);
    const times = (name: 'frame' | 'rows' | 'table') => opened.map((start) => start[name]);
    return {
      name: `Console: ${count.toLocaleString('en-US')} machines`,
      about: `The executable in a terminal of 120x40 on a real API server. ${starts} starts; ${idleMs / 1000} s at rest; ${changes} changes of a machine on the screen; ${presses} keys.`,
      figures: [
        timed('first frame', times('frame'), limit.firstFrameMs),
        timed('first rows', times('rows'), limit.firstRowsMs),
        timed('whole table', times('table'), limit.tableMs),
        once('resident memory after a minute', 'MB', megabytes, limit.megabytes),
        once('processor at rest', '%', idle, limit.idlePercent),
        tail('change on the server to screen', shown, limit.changeMs),
        tail('key to frame', framed, limit.keyMs),
      ],
    };
  } finally {
    await opened.at(-1)?.terminal.close();
    rmSync(home, { recursive: true });
  }
}

/** A console that shows all machines, and how long it took to each stage, in milliseconds. */
interface Opened {
  readonly terminal: Terminal;
  readonly frame: number;
  readonly rows: number;
  readonly table: number;
}

async function open(setting: Setting, home: string, count: number): Promise<Opened> {
  const env = { TERM: 'xterm-256color', LANG: 'C.UTF-8', HOME: home };
  const place = ['--kubeconfig', setting.kubeconfig, '--namespace', setting.namespace];
  const started = performance.now();
  const terminal = openTerminal([setting.executable, 'console', ...place], { env });
  const until = async (sees: (lines: readonly string[]) => boolean) => {
    await terminal.waitFor(() => sees(terminal.screen()), patienceMs);
    return performance.now() - started;
  };
  const whole = new RegExp(`VMs ${count.toLocaleString('en-US')}\\b`);
  const [frame, rows, table] = await Promise.all([
    until(([head = '']) => head.includes('kubernetes-cpi')),
    until((lines) => lines.some(isMachine)),
    until(
      (lines) => (lines[0] ?? '').includes('live') && lines.some(isMachine) && lines.some((line) => whole.test(line)),
    ),
  ]);
  return { terminal, frame, rows, table };
}

/** Rows of machines begin with group and index. */
function isMachine(line: string): boolean {
  return /[a-z]+\/\d+ .*\brunning\b/i.test(line);
}

/** Gives a machine on the screen another promised address, again and again. @returns milliseconds until each was shown */
async function changesOnScreen(setting: Setting, fleet: Fleet, terminal: Terminal): Promise<readonly number[]> {
  const row = terminal.screen().find(isMachine) ?? '';
  const [instance = ''] = /[a-z-]+\/\d+/.exec(row) ?? [];
  const name = fleet.podOf(instance);
  if (name === undefined) throw new Error(`no machine of the fleet in: ${row}`);
  const took: number[] = [];
  for (let change = 0; change < changes; change++) {
    const address = `10.250.${change}.${100 + change}`;
    await sleep(100 + Math.random() * 200);
    const sent = performance.now();
    await setting.api.call(
      'PATCH',
      `/api/v1/namespaces/${setting.namespace}/pods/${name}`,
      { metadata: { annotations: { [addressAnnotation]: address } } },
      'application/merge-patch+json',
    );
    await terminal.waitFor(address, patienceMs);
    took.push(performance.now() - sent);
  }
  return took;
}

async function framesOfKeys(terminal: Terminal): Promise<readonly number[]> {
  const took: number[] = [];
  for (let press = 0; press < presses; press++) {
    await sleep(30 + Math.random() * 100);
    const { length } = terminal;
    const sent = performance.now();
    // down past the screen's end and up again: a key that changes nothing draws nothing
    terminal.press(press % 80 < 40 ? 'j' : 'k');
    await terminal.waitFor(() => terminal.length > length, patienceMs);
    took.push(performance.now() - sent);
  }
  return took;
}

function timed(name: string, numbers: readonly number[], limit?: number): Figure {
  return { name, unit: 'ms', median: median(numbers), p95: p95(numbers), ...(limit !== undefined && { limit }) };
}

/** A figure whose limit holds for the 95th percentile. */
function tail(name: string, numbers: readonly number[], limit?: number): Figure {
  return { name: `${name}, p95`, unit: 'ms', median: p95(numbers), ...(limit !== undefined && { limit }) };
}

function once(name: string, unit: Figure['unit'], value: number, limit?: number): Figure {
  return { name, unit, median: value, ...(limit !== undefined && { limit }) };
}
