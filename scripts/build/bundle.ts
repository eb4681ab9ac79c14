import { writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { root } from '../root.ts';
import { builtinsPlugin } from './builtins-plugin.ts';
import { frozenPlugin } from './frozen-plugin.ts';
import { inkPlugin } from './ink-plugin.ts';
import { modelsPlugin } from './models-plugin.ts';
import { widthPlugin } from './width-plugin.ts';

/** How the bundle loads a module of the runtime's own. Bun finds that module's bytecode only where it sees a literal `require`: 45 ms for node:https otherwise. */
const builtinLoad = /\bprocess\.getBuiltinModule\((?="node:)/g;

/**
 * Bundles a program and all it imports into one ES module that needs only the runtime's own modules.
 *
 * What is reached by `await import()` stays unevaluated until then: `info` must not pay for the Kubernetes client.
 * @param entry the program's first module; its shebang is kept
 * @param outfile where the bundle goes, made executable
 * @param runtime what will run it
 */
export async function bundle(entry: string, outfile: string, runtime: 'node' | 'bun'): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    // Not minified: that saves no start-up time that could be measured, and stack traces keep their names.
    legalComments: 'none',
    // Pure ASCII: Bun holds a source with any other character as UTF-16, at twice the memory.
    charset: 'ascii',
    define: {
      'process.env.NODE_ENV': '"production"',
      // ws looks for two native add-ons that would speed up frames we do not send.
      'process.env.WS_NO_BUFFER_UTIL': '"1"',
      'process.env.WS_NO_UTF_8_VALIDATE': '"1"',
    },
    plugins: [
      builtinsPlugin(),
      modelsPlugin(),
      inkPlugin(),
      ...(runtime === 'bun' ? [widthPlugin()] : []),
      frozenPlugin(['src/vm/scripts.ts']),
    ],
    logLevel: 'warning',
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  const text = runtime === 'node' ? output.text : output.text.replace(builtinLoad, 'require(');
  writeFileSync(outfile, text, { mode: 0o755 });
}
