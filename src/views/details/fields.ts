import type { Segment } from '../../tui/components/line.tsx';
import { printable, wrapWords } from '../../tui/text.ts';
import type { Role } from '../../tui/theme.ts';

type Lines = readonly (readonly Segment[])[];

/** Columns of a field's name. */
const nameWidth = 20;

/** A name and its value, wrapped beside it; nothing where there is no value. */
export function field(name: string, value: string | number | undefined, width: number, role?: Role): Lines {
  if (value === undefined || value === '') return [];
  return wrapText(String(value), Math.max(20, width - nameWidth - 4)).map((text, index) => [
    { text: `  ${(index === 0 ? `${name}  ` : '').padEnd(nameWidth)}`, role: 'dim' },
    role === undefined ? { text } : { text, role },
  ]);
}

/** A heading and what is below it; nothing where that is nothing. */
export function section(title: string, lines: Lines): Lines {
  return lines.length === 0 ? [] : [[{ text: title, role: 'heading' }], ...lines, []];
}

/** Lines no wider than that, broken at spaces; a word that is wider, as an image with its digest, goes on below instead of being cut. */
export function wrapText(text: string, width: number): readonly string[] {
  const words = printable(text).split(' ');
  const parts = words.flatMap((word) => hardWrap(word, width));
  return wrapWords(parts.join(' '), width);
}

/** Text broken wherever the line is full, as YAML and logs are: at spaces would change what is read. */
export function hardWrap(text: string, width: number): readonly string[] {
  if (text.length <= width) return [text];
  return Array.from({ length: Math.ceil(text.length / width) }, (_, index) =>
    text.slice(index * width, (index + 1) * width),
  );
}
