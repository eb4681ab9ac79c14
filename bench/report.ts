import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/root.ts';

/** One figure of a section. */
export interface Figure {
  readonly name: string;
  readonly unit: 'ms' | 'MB' | 's' | 'x' | '/s' | '%' | '';
  readonly median: number;
  /** Absent for a figure that is measured once. */
  readonly p95?: number;
  /** What the median must not exceed. */
  readonly limit?: number;
}

/** What one section found. */
export interface Section {
  readonly name: string;
  /** What was run, in a sentence or two. */
  readonly about: string;
  readonly figures: readonly Figure[];
}

/** Whether a figure keeps its limit, or has none. */
export function keepsLimit({ median, limit }: Figure): boolean {
  return limit === undefined || median <= limit;
}

/** The sections as Markdown. */
export function markdown(machine: readonly string[], sections: readonly Section[]): string {
  const head = ['# Measured', '', ...machine.map((line) => `- ${line}`), ''];
  return [...head, ...sections.flatMap(sectionLines)].join('\n');
}

/** Writes the sections of a whole run to bench/results, for people and for programs: figures of different moments are not comparable. */
export function keep(name: string, machine: readonly string[], sections: readonly Section[]): void {
  const folder = join(root, 'bench/results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.md`), markdown(machine, sections));
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ machine, sections }, null, 2)}\n`);
}

function sectionLines({ name, about, figures }: Section): readonly string[] {
  const rows = figures.map((figure) => {
    const limit = figure.limit === undefined ? '' : `${keepsLimit(figure) ? '' : '**over** '}${number(figure.limit)}`;
    const tail = figure.p95 === undefined ? '' : number(figure.p95);
    return `| ${figure.name} | ${number(figure.median)} ${figure.unit} | ${tail} | ${limit} |`;
  });
  return [`## ${name}`, '', about, '', '| | median | p95 | limit |', '|---|---:|---:|---:|', ...rows, ''];
}

function number(value: number): string {
  return value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}
