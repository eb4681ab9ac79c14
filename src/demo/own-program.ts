import { extname } from 'node:path';

/** How this very program is started once more: the runtime and a script, or the executable alone. */
export function ownProgram(args: readonly string[]): { readonly file: string; readonly args: readonly string[] } {
  const script = process.argv[1] ?? '';
  const isScript = ['.ts', '.mjs', '.js'].includes(extname(script)) && !script.startsWith('/$bunfs');
  return { file: process.execPath, args: [...(isScript ? [...process.execArgv, script] : []), ...args] };
}
