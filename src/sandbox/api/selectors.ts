import type { ApiObject } from './object.ts';
import { badRequest } from './status.ts';

type Operator = '=' | '!=' | 'in' | 'notin' | 'exists' | '!';

interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** Decides whether an object is in a list or watch. `empty` selects everything. */
export interface Selector {
  readonly empty: boolean;
  matches(object: ApiObject): boolean;
}

const everything: Selector = { empty: true, matches: () => true };

const OPERATORS = 'in, notin, =, ==, !=, gt, lt';

/**
 * A label selector as in the query of a list: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
 * @throws ApiStatus 400 with the parser's message
 */
export function parseLabelSelector(text: string): Selector {
  if (text.trim() === '') return everything;
  const requirements = splitOutsideParentheses(text).map(parseRequirement);
  return {
    empty: false,
    matches: (object) => requirements.every((requirement) => satisfies(object.metadata.labels ?? {}, requirement)),
  };
}

/** Labels against a `metav1.LabelSelector` object (PodDisruptionBudgets, affinity terms). */
export function matchesLabelSelector(
  selector: {
    matchLabels?: Record<string, string>;
    matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
  },
  labels: Record<string, string>,
): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const known: Record<string, Operator> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' };
      return satisfies(labels, { key, operator: known[operator] ?? 'in', values });
    })
  );
}

function satisfies(labels: Record<string, string>, { key, operator, values }: Requirement): boolean {
  const value = labels[key];
  switch (operator) {
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case '=':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
  }
}

function splitOutsideParentheses(text: string): string[] {
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

function parseRequirement(text: string): Requirement {
  const set = /^([^\s=!,()]+)\s+(in|notin)\s*\((.*)\)$/.exec(text);
  if (set) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    return { key: set[1] ?? '', operator: set[2] as 'in' | 'notin', values };
  }
  const comparison = /^([^\s=!,()]+)\s*(==|=|!=)\s*([^\s=!,()]*)$/.exec(text);
  if (comparison) {
    return { key: comparison[1] ?? '', operator: comparison[2] === '!=' ? '!=' : '=', values: [comparison[3] ?? ''] };
  }
  const existence = /^(!?)\s*([^\s=!,()]+)$/.exec(text);
  if (existence) return { key: existence[2] ?? '', operator: existence[1] === '!' ? '!' : 'exists', values: [] };
  const [, unexpected = ''] = /^\S+\s+(\S+)/.exec(text) ?? [];
  throw badRequest(
    unexpected === ''
      ? `unable to parse requirement: found '${text}', expected: !, identifier, or 'end of string'`
      : `unable to parse requirement: found '${unexpected}', expected: ${OPERATORS}`,
  );
}

export type FieldReader = (object: ApiObject) => string;

/**
 * A field selector: `metadata.name=x,status.phase!=Running`.
 * @param readers the fields the resource can be selected by
 * @param unknown the message for a field outside `readers`
 * @throws ApiStatus 400 for a field outside `readers`, and for what is no comparison
 */
export function parseFieldSelector(
  text: string,
  readers: Readonly<Record<string, FieldReader>>,
  unknown: (field: string) => string,
): Selector {
  if (text === '') return everything;
  const terms = text.split(',').filter((term) => term !== '');
  const checks = terms.map((term) => {
    const found = /^(.*?)(!=|==|=)(.*)$/.exec(term);
    if (!found) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = '', operator, wanted = ''] = found;
    const read = readers[field];
    if (read === undefined) throw badRequest(unknown(field));
    return (object: ApiObject) => (read(object) === wanted) === (operator !== '!=');
  });
  return { empty: false, matches: (object) => checks.every((check) => check(object)) };
}

/** Both at once. */
export function both(first: Selector, second: Selector): Selector {
  if (first.empty) return second;
  if (second.empty) return first;
  return { empty: false, matches: (object) => first.matches(object) && second.matches(object) };
}
