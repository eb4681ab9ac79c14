/**
 * `npm run build [-- --target linux-arm64 ... | --script]`: writes dist/kubernetes-cpi.mjs, one file for Node 22 or newer, and dist/kubernetes-cpi, one
 * executable for Linux on x64 (or the named targets, as dist/kubernetes-cpi-<target>); with --script only the first. The same sources give the same bytes.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from './build/bundle.ts';
import { compile, isTarget, type Target, targets } from './build/executable.ts';
import { root } from './root.ts';

/** A release carries the executable; more than this is a mistake in what got bundled. */
const maxMegabytes = 130;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { target: { type: 'string', multiple: true }, script: { type: 'boolean' } },
  });
  const chosen = (values.target ?? []).map(named);
  const dist = join(root, 'dist');
  mkdirSync(dist, { recursive: true });

  const entry = join(root, 'src/main.ts');
  const script = join(dist, 'kubernetes-cpi.mjs');
  await bundle(entry, script, 'node');
  report(script);
  if (values.script) return;
  for (const target of chosen.length === 0 ? ([undefined] as const) : chosen) {
    const executable = join(dist, target === undefined ? 'kubernetes-cpi' : `kubernetes-cpi-${target}`);
    await compile(entry, executable, target);
    report(executable);
  }
}

function named(name: string): Target {
  if (!isTarget(name)) throw new Error(`no target ${name}; known: ${Object.keys(targets).join(', ')}`);
  return name;
}

function report(file: string): void {
  const megabytes = statSync(file).size / 1e6;
  console.log(`${file.slice(root.length + 1)}  ${megabytes.toFixed(1)} MB`);
  if (megabytes > maxMegabytes) throw new Error(`${file} is larger than ${maxMegabytes} MB`);
}

await main();
