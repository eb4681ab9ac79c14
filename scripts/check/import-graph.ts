import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** One import of one module. */
export interface Import {
  /** Path of the importing file below the project's folder, with forward slashes. */
  readonly from: string;
  /** Path of the imported file below the project's folder, or the name of a package or of a module of Node's own, as written. */
  readonly to: string;
  /** `type` is erased before anything runs; `lazy` is an `await import()`. */
  readonly kind: 'static' | 'type' | 'lazy';
}

const statement = /^(?:import|export)\s+(type\s)?[^;'"]*?\bfrom\s+'([^']+)'/gm;
const bare = /^import\s+'([^']+)'/gm;
const call = /\bimport\(\s*'([^']+)'\s*\)/g;

/**
 * The imports of one TypeScript source, as Biome formats it (single quotes, statements at the start of a line).
 * @param file path below the project's folder
 */
export function importsOf(file: string, source: string): readonly Import[] {
  const resolve = (to: string) => (to.startsWith('.') ? normalize(join(dirname(file), to)) : to);
  const text = source.replace(/^\s*(\/\/|\/?\*).*$/gm, '');
  return [
    ...[...text.matchAll(statement)].map(([, type, to = '']) => ({
      from: file,
      to: resolve(to),
      kind: type === undefined ? ('static' as const) : ('type' as const),
    })),
    ...[...text.matchAll(bare)].map(([, to = '']) => ({ from: file, to: resolve(to), kind: 'static' as const })),
    ...[...text.matchAll(call)].map(([, to = '']) => ({ from: file, to: resolve(to), kind: 'lazy' as const })),
  ];
}

/** The imports of every TypeScript file of a folder. */
export function importsBelow(root: string, folder: string): readonly Import[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file}`)
    .filter((file) => /\.tsx?$/.test(file))
    .sort()
    .flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')));
}
