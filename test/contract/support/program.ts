import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundle } from '../../../scripts/build/bundle.ts';
import { root } from '../../../scripts/root.ts';

/** One way the CPI is shipped. */
export interface Program {
  readonly name: 'bundle' | 'executable';
  /** The command line before `cpi`. */
  command(): Promise<readonly string[]>;
}

const executable = process.env.TEST_EXECUTABLE;

/** What is there to be tested: the bundle is made here, the executable only where the run has built it. */
export const programs: readonly Program[] = [
  { name: 'bundle', command: async () => [process.execPath, await bundled()] },
  ...(executable === undefined ? [] : [{ name: 'executable' as const, command: async () => [executable] }]),
];

/** The program that ships: the executable where there is one. */
export const shipped: Program = programs.at(-1) as Program;

/** Test files run side by side in one process: the first one bundles, the others wait for it. */
async function bundled(): Promise<string> {
  const folder = join(tmpdir(), `kubernetes-cpi-contract-${process.pid}`);
  const script = join(folder, 'kubernetes-cpi.mjs');
  try {
    mkdirSync(folder);
    const unfinished = join(folder, 'unfinished.mjs');
    await bundle(join(root, 'src/main.ts'), unfinished, 'node');
    renameSync(unfinished, script);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    while (!existsSync(script)) await sleep(50);
  }
  return script;
}
