import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../scripts/build/bundle.ts';
import { root } from '../../scripts/root.ts';

/** One way the CPI is shipped. */
export interface Program {
  readonly name: 'bundle' | 'executable';
  /** The command line before `cpi`. */
  command(): Promise<readonly string[]>;
}

const { TEST_BUNDLE: given, TEST_EXECUTABLE: executable } = process.env;

/** What is there to be tested: the executable only where the run has built it. */
export const programs: readonly Program[] = [
  { name: 'bundle', command: async () => [process.execPath, given ?? (await bundled())] },
  ...(executable === undefined ? [] : [{ name: 'executable' as const, command: async () => [executable] }]),
];

/** The program that ships: the executable where there is one. */
export const shipped: Program = programs.at(-1) as Program;

let made: Promise<string> | undefined;

/** A test file that is run by itself makes a bundle of its own. */
function bundled(): Promise<string> {
  made ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubernetes-cpi-bundle-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const script = join(folder, 'kubernetes-cpi.mjs');
    await bundle(join(root, 'src/main.ts'), script, 'node');
    return script;
  })();
  return made;
}
