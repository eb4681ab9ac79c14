import type { Column } from '../inventory/columns.ts';

/** Rows as lines of aligned columns under their titles; nothing is cut off, and nothing is at the end of a line. */
export function textTable<R>(columns: readonly Column<R>[], rows: readonly R[], now: number): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map((column) => plain(column.text(row, now)))),
  ];
  const widths = columns.map((_, index) => cells.reduce((most, line) => Math.max(most, line[index]?.length ?? 0), 0));
  const lines = cells.map((line) =>
    line
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** Messages of the cluster may hold anything: a line must stay a line, and a terminal must not be told what to do. */
function plain(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}
