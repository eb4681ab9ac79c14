/**
 * `npm run bench [-- SECTION ...]`: measures on a real API server, prints the figures beside their limits and writes them to bench/results.
 * Needs Go. Ends with 1 when a figure exceeds its limit.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../scripts/root.ts';
import { describeMachine } from './machine.ts';
import { keepsLimit, markdown, type Section } from './report.ts';
import { createVm } from './sections/create-vm.ts';
import { deploy } from './sections/deploy.ts';
import { manyMachines } from './sections/many-machines.ts';
import { start } from './sections/start.ts';
import { prepare, type Setting } from './setting.ts';

const sections: Readonly<Record<string, (setting: Setting) => Promise<Section>>> = {
  start,
  'create-vm': createVm,
  deploy,
  'many-machines': manyMachines,
};

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const unknown = positionals.filter((name) => !Object.hasOwn(sections, name));
  if (unknown.length > 0) throw new Error(`no section ${unknown}; there are ${Object.keys(sections).join(', ')}`);
  const machine = describeMachine();
  const setting = await prepare();
  const found: Section[] = [];
  try {
    for (const [name, measure] of Object.entries(sections)) {
      if (positionals.length > 0 && !positionals.includes(name)) continue;
      console.error(`${name} ...`);
      found.push(await measure(setting));
    }
  } finally {
    await setting.stop();
  }
  const text = markdown(machine, found);
  console.log(text);
  if (positionals.length === 0) keep(text, { machine, sections: found });
  process.exitCode = found.every(({ figures }) => figures.every(keepsLimit)) ? 0 : 1;
}

/** Only whole runs are kept: figures of different moments are not comparable. */
function keep(text: string, results: unknown): void {
  const folder = join(root, 'bench/results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'results.md'), text);
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
}

await main();
