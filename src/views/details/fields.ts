import type { Segment } from '../../tui/components/line.tsx';
import { wrapText } from '../../tui/text.ts';
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
