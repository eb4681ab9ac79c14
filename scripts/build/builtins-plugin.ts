import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/** Stands in the output for the `require` that esbuild would not leave as it is. */
export const requirePlaceholder = '__requireOfBun';

/**
 * Loads a module of Node's own when the module that imports it is first evaluated.
 *
 * An ES module's imports are all evaluated before its first line, so in a single bundle every `import ... from 'node:https'`, however deep
 * behind an `await import()`, would be paid for by every start: 8 ms of 15.
 * @param runtime Bun compiles its own modules to bytecode only where it sees a literal `require`: 45 ms for node:https otherwise
 */
export function builtinsPlugin(runtime: 'node' | 'bun'): Plugin {
  const load = runtime === 'node' ? 'process.getBuiltinModule' : requirePlaceholder;
  return {
    name: 'builtins',
    setup(build) {
      build.onResolve({ filter: /^(node:)?[a-z_/0-9]+$/ }, ({ path, kind }) => {
        if (kind === 'entry-point' || !isBuiltin(path)) return;
        return { path: path.replace(/^node:/, ''), namespace: 'builtin' };
      });
      build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
        contents: `module.exports = ${load}(${JSON.stringify(`node:${path}`)});`,
        loader: 'js',
      }));
    },
  };
}
