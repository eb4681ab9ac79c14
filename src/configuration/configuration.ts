import { readFileSync } from 'node:fs';
import type { Configuration, Preferences } from './parse.ts';

export type { Configuration, Preferences } from './parse.ts';

/**
 * Reads the console's configuration file. A missing or empty one sets nothing, and costs no parser.
 *
 * A broken one is refused as a whole: it may be the one that says `readonly`.
 * @throws Error that names the file and every flaw's path
 */
export async function readConfiguration(path: string): Promise<Configuration> {
  const text = textOf(path);
  if (text.trim() === '') return { contexts: {}, aliases: {} };
  const { parseConfiguration } = await import('./parse.ts');
  return parseConfiguration(path, text);
}

/** What holds in a context: what is set for it, else for all. Read-only for all cannot be taken back by a context. */
export function preferencesFor({ contexts, aliases: _aliases, ...all }: Configuration, context: string): Preferences {
  const own = Object.hasOwn(contexts, context) ? contexts[context] : {};
  return { ...all, ...own, ...(all.readonly ? { readonly: true } : {}) };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new Error(`${path}: cannot be read: ${(error as Error).message}`);
  }
}
