import type { ParsedFilter } from './filter.ts';
import type { Row } from './model.ts';

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

const prefix = 'bosh.cloudfoundry.org/';

/**
 * A label selector as kubectl takes it: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, joined by commas. Values are compared with what the Director
 * told, where the label could not hold it.
 * Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function parseLabels(text: string): ParsedFilter {
  if (text === '') return { error: 'after -l labels are needed, e.g. -l deployment=cf,job!=router' };
  const requirements: Requirement[] = [];
  // commas inside parentheses separate values
  for (const part of text.split(/,(?![^(]*\))/)) {
    const requirement = parseRequirement(part.trim());
    if (typeof requirement === 'string') return { error: requirement };
    requirements.push(requirement);
  }
  return {
    test: (row) => {
      const { labels } = row as Row & { readonly labels?: Labels };
      return requirements.every((fits) => fits(labels ?? {}));
    },
  };
}

/** @returns what is wrong, when it is none */
function parseRequirement(text: string): Requirement | string {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return (labels) => values.includes(told(labels, key) ?? '') === (operator === 'in');
  }
  const equal = /^([^\s=!]+)\s*(==?|!=)\s*(.*)$/.exec(text);
  if (equal !== null) {
    const [, key = '', operator, value] = equal;
    return (labels) => (told(labels, key) === value) === (operator !== '!=');
  }
  const exists = /^(!?)\s*([^\s=!()]+)$/.exec(text);
  if (exists === null) return `"${text}" is no label requirement; write a=b, a!=b, a in (b,c), a or !a`;
  const [, not, key = ''] = exists;
  return (labels) => (told(labels, key) !== undefined) === (not === '');
}

function told(labels: Labels, key: string): string | undefined {
  const name = key.startsWith(prefix) ? key.slice(prefix.length) : key;
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}
