import { loadAll } from 'js-yaml';
import * as v from 'valibot';
import { checkInput, describeFlaws } from '../bosh/schema.ts';

/** What holds for one context, or for all. */
const preferences = {
  theme: v.optional(v.picklist(['dark', 'light', 'mono'])),
  /** Nothing can be changed, and no shell opened. */
  readonly: v.optional(v.boolean()),
  /** `*` stands for all. */
  namespace: v.optional(v.pipe(v.string(), v.nonEmpty('must not be empty'))),
};

const schema = v.strictObject({
  ...preferences,
  contexts: v.optional(v.record(v.string(), v.strictObject(preferences)), {}),
  aliases: v.optional(
    v.record(
      v.pipe(v.string(), v.regex(/^[^\s:/]+$/, 'must be one word')),
      v.pipe(v.string(), v.nonEmpty('must not be empty')),
    ),
    {},
  ),
});

/** What an operator wrote into the console's configuration file. */
export type Configuration = v.InferOutput<typeof schema>;

/** What of it may differ between contexts. */
export type Preferences = Pick<Configuration, keyof typeof preferences>;

/**
 * Reads the text of a configuration file.
 * @param path how errors name it
 * @throws Error with every flaw's path
 */
export function parseConfiguration(path: string, text: string): Configuration {
  const checked = checkInput(schema, parseYaml(path, text) ?? {});
  if ('flaws' in checked) throw new Error(`${path}: ${describeFlaws(checked.flaws)}`);
  return checked.value;
}

function parseYaml(path: string, text: string): unknown {
  try {
    // `load` refuses a text that has nothing but comments
    return loadAll(text)[0];
  } catch (error) {
    const { reason, mark } = error as { reason?: string; mark?: { line: number; column: number } };
    const where = mark === undefined ? '' : `line ${mark.line + 1}, column ${mark.column + 1}: `;
    throw new Error(`${path}: ${where}${reason ?? (error as Error).message}`);
  }
}
