import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';
import { root } from '../root.ts';

/**
 * Puts what a module exports in the place of that module, for modules that read files beside the sources: the executable has no files.
 * @param modules paths below the project's folder; every export must be JSON
 */
export function frozenPlugin(modules: readonly string[]): Plugin {
  return {
    name: 'frozen',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!modules.includes(relative(root, path))) return;
        const exports = Object.entries((await import(pathToFileURL(path).href)) as Record<string, unknown>);
        const contents = exports.map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`).join('\n');
        return { contents, loader: 'js' };
      });
    },
  };
}
