import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/root.ts';
import { run } from '../test/cluster/command.ts';
import type { Figure } from './report.ts';
import { median, p95 } from './statistics.ts';

/** A program to run again and again. */
export interface Contestant {
  readonly name: string;
  readonly argv: readonly string[];
  /** Its whole environment. */
  readonly env?: readonly string[];
  readonly stdin?: string;
  /** Text that its standard output must hold. */
  readonly expect: string;
}

/** What one run cost: clock, processor time of all threads, peak of resident memory. */
export interface Sample {
  readonly name: string;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakKiB: number;
}

const module = join(root, 'bench/client-go');
const folder = join(root, '.cache/bench');

/** Builds a program of the Go module and returns its path. */
export async function goProgram(name: 'get' | 'measure'): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  await run('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', file, `./${name}`], { cwd: module });
  return file;
}

/**
 * Runs all contestants in turns, so that what else the machine does hits them alike.
 * @param runs how often each
 * @param warmups runs before, which do not count
 */
export async function race(runs: number, contestants: readonly Contestant[], warmups = 3): Promise<readonly Sample[]> {
  const measure = await goProgram('measure');
  const plan = JSON.stringify({ runs, warmups, commands: contestants });
  const output = execFileSync(measure, {
    input: plan,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return JSON.parse(output) as readonly Sample[];
}

/** Limits on the medians of one contestant. */
export interface Limits {
  readonly wallMs?: number;
  readonly cpuMs?: number;
  readonly megabytes?: number;
}

/** The three figures of one contestant. */
export function processFigures(name: string, samples: readonly Sample[], limits: Limits = {}): readonly Figure[] {
  const own = samples.filter((sample) => sample.name === name);
  const figure = (what: string, unit: Figure['unit'], numbers: readonly number[], limit?: number): Figure => ({
    name: `${name}: ${what}`,
    unit,
    median: median(numbers),
    p95: p95(numbers),
    ...(limit === undefined ? {} : { limit }),
  });
  return [
    figure(
      'clock',
      'ms',
      own.map(({ wallMs }) => wallMs),
      limits.wallMs,
    ),
    figure(
      'processor',
      'ms',
      own.map(({ cpuMs }) => cpuMs),
      limits.cpuMs,
    ),
    figure(
      'peak memory',
      'MB',
      own.map(({ peakKiB }) => (peakKiB * 1024) / 1e6),
      limits.megabytes,
    ),
  ];
}
