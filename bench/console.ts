/**
 * `npm run bench:console [-- MACHINES ...]`: the built console in a terminal, on a real API server with so many machines (50, 5000 and 20000 when
 * nothing is said). Prints the figures beside their limits; a whole run is written to bench/results. Ends with 1 when a figure exceeds its limit.
 */
import { parseArgs } from 'node:util';
import { createFleet } from './console/fleet.ts';
import { measureConsole } from './console/measure.ts';
import { describeMachine } from './machine.ts';
import { keep, keepsLimit, markdown, type Section } from './report.ts';
import { prepare } from './setting.ts';

const sizes = [50, 5000, 20000];

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const counts = positionals.length === 0 ? sizes : positionals.map(Number).toSorted((a, b) => a - b);
  const wrong = counts.findIndex((count) => !Number.isInteger(count) || count < 1);
  if (wrong >= 0) throw new Error(`${positionals[wrong]} is no number of machines`);
  const machine = describeMachine();
  const setting = await prepare();
  const found: Section[] = [];
  try {
    const fleet = await createFleet(setting);
    for (const count of counts) {
      console.error(`${count} machines ...`);
      await fleet.grow(count);
      found.push(await measureConsole(setting, fleet, count));
    }
  } finally {
    await setting.stop();
  }
  console.log(markdown(machine, found));
  if (positionals.length === 0) keep('console', machine, found);
  process.exitCode = found.every(({ figures }) => figures.every(keepsLimit)) ? 0 : 1;
}

await main();
