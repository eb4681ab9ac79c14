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
  const wanted = pattern((isInverse ? typed.slice(1) : typed).trim());
  return { test: (row) => hasWord(row, (word) => wanted.test(word)) !== isInverse };
}

function parseForm(form: string, rest: string): ParsedFilter {
  if (form === 'l') return parseLabels(rest);
  if (form !== 'f') {
    return { error: `-${form} is no form of filter; there are: text, !text, -l label=value, -f letters` };
  }
  if (rest === '') return { error: 'after -f letters are needed, e.g. -f dgo0 finds diego-cell/0' };
  // each letter, and before it anything but it: no way back is ever tried
  const letters = Array.from(rest.replace(/\s+/g, ''), escaped);
  const inOrder = new RegExp(`^${letters.map((letter) => `[^${letter}]*${letter}`).join('')}`, 'iu');
  return { test: (row) => hasWord(row, (word) => inOrder.test(word) && isName(word)) };
}

/** Sentences and images are so long that any few letters are found in them. */
function isName(word: string): boolean {
  return !/[\s:]/.test(word);
}

/** Patterns see either case without a copy of the text in one: at twenty thousand rows a key, copies are what costs. */
function pattern(text: string): RegExp {
  return new RegExp(Array.from(text, escaped).join(''), 'iu');
}

function escaped(character: string): string {
  return /[\w\s]/.test(character) ? character : `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/** Whether one of the texts that a row shows passes; UIDs are not shown. */
function hasWord(row: Row, passes: (word: string) => boolean): boolean {
  const fields = row as unknown as Readonly<Record<string, unknown>>;
  for (const key in fields) {
    const value = fields[key];
    if (typeof value === 'string') {
      if (key !== 'uid' && !key.endsWith('Uid') && passes(value)) return true;
    } else if (Array.isArray(value) && value.some(passes)) return true;
  }
  return false;
}
