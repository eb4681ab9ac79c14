import { distance } from 'fastest-levenshtein';
import * as v from 'valibot';

/** One thing wrong with an input: where, and what to do. */
export interface Flaw {
  /** `kubernetes.contexts[0].server`; empty for the whole input. */
  readonly path: string;
  readonly message: string;
}

/**
 * Checks an input against a schema and says every flaw with its path; for an unknown key also the nearest known one.
 * Values never appear in a flaw: they may be secrets.
 * @returns the parsed value with its defaults, or the flaws
 */
export function checkInput<S extends v.GenericSchema>(
  schema: S,
  input: unknown,
): { value: v.InferOutput<S> } | { flaws: readonly Flaw[] } {
  // for valibot a list is an object too
  if (Array.isArray(input) && takesObject(schema)) {
    return { flaws: [{ path: '', message: 'expected Object, got a list' }] };
  }
  const result = v.safeParse(schema, input);
  if (result.success) return { value: result.output };
  return { flaws: result.issues.flatMap((issue) => flawsOf(schema, issue)) };
}

function takesObject(schema: v.GenericSchema): boolean {
  const { wrapped } = schema as { wrapped?: v.GenericSchema };
  if (wrapped !== undefined) return takesObject(wrapped);
  return ['object', 'strict_object', 'loose_object', 'record'].includes(schema.type);
}

/** Flaws as one line: `path: what is wrong; path: …`. */
export function describeFlaws(flaws: readonly Flaw[], at = ''): string {
  return flaws.map(({ path, message }) => [joinPath(at, path), message].filter(Boolean).join(': ')).join('; ');
}

function joinPath(at: string, path: string): string {
  return at === '' || path === '' || path.startsWith('[') ? `${at}${path}` : `${at}.${path}`;
}

function flawsOf(schema: v.GenericSchema, issue: v.BaseIssue<unknown>): Flaw[] {
  const keys = issue.path?.map((item) => item.key as string | number) ?? [];
  const path = keys.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : joinPath(text, String(key))),
    '',
  );
  if (issue.kind === 'schema' && issue.type === 'strict_object' && issue.expected === 'never') {
    const unknown = String(keys.at(-1));
    const near = nearest(unknown, knownKeys(schema, keys.slice(0, -1)));
    return [{ path, message: near === undefined ? 'unknown' : `unknown, did you mean ${near}?` }];
  }
  if (issue.received === 'undefined') return [{ path, message: 'required' }];
  if (issue.kind === 'schema') {
    return [{ path, message: `expected ${issue.expected ?? issue.type}, got ${kindOf(issue.input)}` }];
  }
  return [{ path, message: issue.message }];
}

function kindOf(input: unknown): string {
  if (input === null) return 'null';
  if (Array.isArray(input)) return 'a list';
  return typeof input === 'object' ? 'an object' : `a ${typeof input}`;
}

/** The known name nearest to the given one, or undefined where nothing is near enough to be meant. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({ candidate, edits: distance(name, candidate) }));
  ranked.sort((a, b) => a.edits - b.edits || a.candidate.localeCompare(b.candidate));
  const best = ranked[0];
  if (best === undefined) return undefined;
  return best.edits <= Math.max(2, Math.ceil(name.length / 2)) ? best.candidate : undefined;
}

/** Keys a schema knows at a path, looking through optional, union and list wrappers. */
function knownKeys(schema: unknown, path: readonly (string | number)[]): string[] {
  const node = schema as {
    wrapped?: unknown;
    pipe?: readonly unknown[];
    options?: readonly unknown[];
    entries?: Readonly<Record<string, unknown>>;
    item?: unknown;
    value?: unknown;
  };
  if (node.wrapped !== undefined) return knownKeys(node.wrapped, path);
  if (node.options !== undefined) return node.options.flatMap((option) => knownKeys(option, path));
  const [head, ...rest] = path;
  if (head === undefined) return Object.keys(node.entries ?? {});
  if (typeof head === 'number') return node.item === undefined ? [] : knownKeys(node.item, rest);
  const child = node.entries?.[head] ?? (typeof node.value === 'object' ? node.value : undefined);
  return child === undefined ? [] : knownKeys(child, rest);
}
