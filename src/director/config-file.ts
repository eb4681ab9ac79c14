import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { checkInput, describeFlaws } from '../bosh/schema.ts';

const text = v.optional(v.string());

const environment = v.object({
  url: v.string(),
  alias: text,
  ca_cert: text,
  username: text,
  // a password of digits alone is a number to YAML
  password: v.optional(v.pipe(v.union([v.string(), v.number()]), v.transform(String))),
  access_token_type: text,
  access_token: text,
});

const schema = v.object({ environments: v.nullish(v.array(environment), []) });

/** What the bosh CLI keeps of an environment; the refresh token is left where it is. */
export type ConfiguredEnvironment = v.InferOutput<typeof environment>;

/**
 * Reads the file of the bosh CLI.
 * @returns nothing when there is no file
 * @throws Error that names the file; holds nothing of its text, which has passwords
 */
export async function readConfigFile(path: string): Promise<readonly ConfiguredEnvironment[]> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new Error(`${path}: could not be read (${code}); check its rights, or set BOSH_CONFIG to another`);
  }
  const checked = checkInput(schema, (await parsed(path, content)) ?? {});
  if ('value' in checked) return checked.value.environments ?? [];
  throw new Error(`${path}: ${describeFlaws(checked.flaws)}; mend it, or set BOSH_CONFIG to another file`);
}

async function parsed(path: string, content: string): Promise<unknown> {
  const { loadAll } = await import('js-yaml');
  try {
    return loadAll(content)[0];
  } catch (error) {
    // the parser's message quotes the text
    const line = (error as { mark?: { line?: number } }).mark?.line;
    throw new Error(`${path}: not valid YAML${line === undefined ? '' : ` near line ${line + 1}`}; mend it`);
  }
}
