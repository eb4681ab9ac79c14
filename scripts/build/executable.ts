import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../root.ts';
import { bundle } from './bundle.ts';

/** Platforms an executable can be made for, with the package that holds Bun for each. */
export const targets = {
  'linux-x64': '@oven/bun-linux-x64',
  'linux-arm64': '@oven/bun-linux-aarch64',
  'darwin-x64': '@oven/bun-darwin-x64',
  'darwin-arm64': '@oven/bun-darwin-aarch64',
} as const;

export type Target = keyof typeof targets;

/** Whether there is a platform of that name. */
export function isTarget(name: string): name is Target {
  return Object.hasOwn(targets, name);
}

/**
 * Compiles a program into an executable that carries Bun, the program and its bytecode.
 * @param entry the program's first module
 * @param outfile where the executable goes
 * @param target another platform than this one; its Bun is then fetched from the npm registry once, into .cache
 */
export async function compile(entry: string, outfile: string, target?: Target): Promise<void> {
  // In a folder of its own and under fixed names: Bun keeps the names in the executable, and leaves temporary files when it is stopped.
  const folder = mkdtempSync(join(dirname(outfile), '.compile-'));
  try {
    await bundle(entry, join(folder, 'main.mjs'), 'bun');
    execFileSync(
      join(root, 'node_modules/bun/bin/bun.exe'),
      [
        'build',
        '--compile',
        '--bytecode',
        '--format=esm',
        // An executable must not take its settings from whatever folder an operator stands in.
        '--no-compile-autoload-dotenv',
        '--no-compile-autoload-bunfig',
        ...(target === undefined ? [] : [`--target=bun-${target}`, `--compile-executable-path=${bunOf(target)}`]),
        'main.mjs',
        '--outfile=kubernetes-cpi',
      ],
      { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    renameSync(join(folder, 'kubernetes-cpi'), outfile);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function bunOf(target: Target): string {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/bun/package.json'), 'utf8')) as {
    version: string;
  };
  const folder = join(root, '.cache', 'bun', `${target}-${version}`);
  const executable = join(folder, 'package', 'bin', 'bun');
  if (existsSync(executable)) return executable;
  mkdirSync(folder, { recursive: true });
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const archive = execFileSync('npm', ['pack', '--silent', `${targets[target]}@${version}`], options).trim();
  execFileSync('tar', ['xzf', archive], options);
  rmSync(join(folder, archive));
  return executable;
}
