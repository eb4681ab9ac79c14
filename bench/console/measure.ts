import { setTimeout as sleep } from 'node:timers/promises';
import { addressAnnotation } from '../../src/bosh/labels.ts';
import type { Figure, Section } from '../report.ts';
import type { Setting } from '../setting.ts';
import { median, p95 } from '../statistics.ts';
import type { Fleet } from './fleet.ts';
import { type Watched, watch } from './terminal.ts';

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
const idleMs = 60_000;
const changes = 60;
const presses = 200;

/** The console on `count` machines: its start several times over, then one of them at rest, with changes, and with keys. */
export async function measureConsole(setting: Setting, fleet: Fleet, count: number): Promise<Section> {
  const limit = limits[count] ?? {};
  const opened: Start[] = [];
  for (let run = 1; run < starts; run++) {
    const { console: watched, start } = await open(setting, count);
    opened.push(start);
    await watched.stop();
  }
  const { console: watched, start } = await open(setting, count);
  opened.push(start);
  try {
    const before = watched.processorMs();
    await sleep(idleMs);
    const idle = ((watched.processorMs() - before) / idleMs) * 100;
    const megabytes = watched.residentMegabytes();
    const shown = await changesOnScreen(setting, fleet, watched);
    const framed = await framesOfKeys(watched);
    return {
      name: `Console: ${count} machines`,
      about: `The executable in a terminal of 120x40 on a real API server. ${starts} starts; ${idleMs / 1000} s at rest; ${changes} changes of a machine on the screen; ${presses} keys.`,
      figures: [
        timed(
          'first frame',
          opened.map(({ frame }) => frame),
          limit.firstFrameMs,
        ),
        timed(
          'first rows',
          opened.map(({ rows }) => rows),
          limit.firstRowsMs,
        ),
        timed(
          'whole table',
          opened.map(({ table }) => table),
          limit.tableMs,
        ),
        once('resident memory after a minute', 'MB', megabytes, limit.megabytes),
        once('processor at rest, % of a core', '', idle, limit.idlePercent),
        tail('change on the server to screen', shown, limit.changeMs),
        tail('key to frame', framed, limit.keyMs),
      ],
    };
  } finally {
    await watched.stop();
  }
}

interface Start {
  readonly frame: number;
  readonly rows: number;
  readonly table: number;
}

async function open(setting: Setting, count: number): Promise<{ console: Watched; start: Start }> {
  const watched = watch(setting.executable, [
    'console',
    '--kubeconfig',
    setting.kubeconfig,
    '--namespace',
    setting.namespace,
  ]);
  const whole = new RegExp(`VMs ${count.toLocaleString('en-US')}\\b`);
  const [frame, rows, table] = await Promise.all([
    watched.until('the first frame', ([head = '']) => head.includes('kubernetes-cpi'), 10_000),
    watched.until('the first rows', (lines) => lines.some(isMachine), 60_000),
    watched.until(
      'the whole table',
      (lines) => lines.some((line) => whole.test(line)) && (lines[0] ?? '').includes('live') && lines.some(isMachine),
      60_000,
    ),
  ]);
  const { started } = watched;
  return { console: watched, start: { frame: frame - started, rows: rows - started, table: table - started } };
}

/** Rows of machines begin with group and index. */
function isMachine(line: string): boolean {
  return /[a-z]+\/\d+ .*\bRunning\b/i.test(line);
}

/** Gives a machine on the screen another promised address, again and again. @returns milliseconds until each was shown */
async function changesOnScreen(setting: Setting, fleet: Fleet, watched: Watched): Promise<readonly number[]> {
  const row = watched.screen().find(isMachine) ?? '';
  const [, high = '0', low = '0'] = /10\.244\.(\d+)\.(\d+)/.exec(row) ?? [];
  const name = fleet.names()[Number(high) * 256 + Number(low)];
  if (name === undefined) throw new Error(`no machine has the address in: ${row}`);
  const took: number[] = [];
  for (let change = 0; change < changes; change++) {
    const address = `10.250.${change % 200}.${100 + (change % 100)}`;
    await sleep(100 + Math.random() * 200);
    const shown = watched.until(
      `the address ${address}`,
      (lines) => lines.some((line) => line.includes(address)),
      10_000,
    );
    const sent = performance.now();
    await setting.api.call(
      'PATCH',
      `/api/v1/namespaces/${setting.namespace}/pods/${name}`,
      { metadata: { annotations: { [addressAnnotation]: address } } },
      'application/merge-patch+json',
    );
    took.push((await shown) - sent);
  }
  return took;
}

async function framesOfKeys(watched: Watched): Promise<readonly number[]> {
  const took: number[] = [];
  for (let press = 0; press < presses; press++) {
    await sleep(30 + Math.random() * 100);
    const sent = performance.now();
    const drawn = await watched.press(press < presses / 2 ? 'j' : 'k');
    if (drawn === undefined) throw new Error(`key ${press} changed nothing on\n${watched.screen().join('\n')}`);
    took.push(drawn - sent);
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
