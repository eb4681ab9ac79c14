import { parseLabels } from './label-filter.ts';
import type { Row } from './model.ts';

/** Which rows are shown. */
export interface Filter {
  test(row: Row): boolean;
}

/** A filter, or what is wrong with its text. */
export type ParsedFilter = Filter | { readonly error: string };

/**
 * Understands what an operator types after `/`:
 * `text` anywhere in a row, in either case; `!text` nowhere in it; `-l a=b,c!=d,e,!f` by what the Director told and by labels;
 * `-f abc` these letters in this order inside one name of a row.
 */
export function parseFilter(text: string): ParsedFilter {
  const typed = text.trim().replace(/^\//, '');
  const [, form, rest = ''] = /^-([A-Za-z])(?:\s+(.*))?$/.exec(typed) ?? [];
  if (form !== undefined) return parseForm(form, rest.trim());
  if (typed === '') return { test: () => true };
  if (typed === '!') return { error: 'after ! a text is needed: rows with it are left out' };
  const isInverse = typed.startsWith('!');
  const wanted = (isInverse ? typed.slice(1) : typed).trim().toLowerCase();
  return { test: (row) => textOf(row).includes(wanted) !== isInverse };
}

function parseForm(form: string, rest: string): ParsedFilter {
  if (form === 'l') return parseLabels(rest);
  if (form !== 'f') {
    return { error: `-${form} is no form of filter; there are: text, !text, -l label=value, -f letters` };
  }
  if (rest === '') return { error: 'after -f letters are needed, e.g. -f dgo0 finds diego-cell/0' };
  const letters = rest.toLowerCase().replace(/\s+/g, '');
  return {
    test: (row) =>
      textOf(row)
        .split('\n')
        .some((word) => isName(word) && hasInOrder(word, letters)),
  };
}

/** Sentences and images are so long that any few letters are found in them. */
function isName(word: string): boolean {
  return !/[\s:]/.test(word);
}

function hasInOrder(word: string, letters: string): boolean {
  let at = -1;
  for (const letter of letters) {
    at = word.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return true;
}

/** A row is replaced when it changes, so what was made of it can be kept with it. */
const texts = new WeakMap<Row, string>();

/** All words of a row in lower case, a line each: no search goes across two of them. */
function textOf(row: Row): string {
  let text = texts.get(row);
  if (text === undefined) {
    const words: string[] = [];
    for (const [key, value] of Object.entries(row)) {
      if (key === 'uid' || key.endsWith('Uid')) continue;
      if (typeof value === 'string') words.push(value);
      else if (Array.isArray(value)) words.push(...value);
    }
    text = words.join('\n').toLowerCase();
    texts.set(row, text);
  }
  return text;
}
