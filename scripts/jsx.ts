/**
 * Lets Node run .tsx files: `node --import ./scripts/jsx.ts FILE`. Node strips types by itself, but knows no JSX.
 * Everything else is left to Node, so that tests run what `npm run check` checks.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

registerHooks({
  load(url, context, next) {
    if (!url.startsWith('file:') || !url.endsWith('.tsx')) return next(url, context);
    const sourcefile = fileURLToPath(url);
    const { code } = transformSync(readFileSync(sourcefile, 'utf8'), {
      loader: 'tsx',
      jsx: 'automatic',
      format: 'esm',
      target: 'node22',
      sourcemap: 'inline',
      sourcefile,
    });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
