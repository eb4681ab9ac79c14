/**
 * `npm run bench [-- SECTION ...]`: measures on a real API server, prints the figures beside their limits and writes them to bench/results.
 * A section alone goes to a file of its own. Needs Go. Ends with 1 when a figure exceeds its limit.
 */
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.ts';
import { keep, keepsLimit, markdown, type Section } from './report.ts';
import { createVm } from './sections/create-vm.ts';
import { deploy } from './sections/deploy.ts';
import { drift } from './sections/drift.ts';
import { manyMachines } from './sections/many-machines.ts';
import { start } from './sections/start.ts';
import { stemcell } from './sections/stemcell.ts';
import { prepare, type Setting } from './setting.ts';

const sections: Readonly<Record<string, (setting: Setting) => Promise<Section>>> = {
  start,
  'create-vm': createVm,
  deploy,
  'many-machines': manyMachines,
  stemcell,
  drift,
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
  console.log(markdown(machine, found));
  const [alone = 'results', ...others] = positionals;
  if (others.length === 0) keep(alone, machine, found);
  process.exitCode = found.every(({ figures }) => figures.every(keepsLimit)) ? 0 : 1;
}

await main();
