import type { Finding } from '../../drift/model.ts';
import { formatAge, nothing } from '../../inventory/format.ts';
import { severityRoles } from '../../tui/components/header.tsx';
import type { Segment } from '../../tui/components/line.tsx';
import type { Listed } from '../../tui/findings.ts';
import { columnGap, placeColumns } from '../../tui/place-columns.ts';
import { fitText, widthOf } from '../../tui/text.ts';
import type { Role } from '../../tui/theme.ts';

interface FindingColumn {
  readonly title: string;
  readonly width: { readonly min: number; readonly max: number };
  readonly priority: number;
  readonly align?: 'right';
  text(finding: Finding, now: number): string;
  role?(finding: Finding): Role;
}

const columns: readonly FindingColumn[] = [
  {
    title: 'RANK',
    width: { min: 6, max: 6 },
    priority: 1,
    text: ({ severity }) => severity,
    role: ({ severity }) => severityRoles[severity],
  },
  { title: 'WHAT', width: { min: 13, max: 30 }, priority: 0, text: ({ title }) => title },
  { title: 'SUBJECT', width: { min: 14, max: 20 }, priority: 2, text: ({ subject }) => subject.label },
  { title: 'BOSH SAYS', width: { min: 12, max: 40 }, priority: 4, text: ({ expected }) => expected || nothing },
  { title: 'KUBERNETES HAS', width: { min: 14, max: 60 }, priority: 3, text: ({ actual }) => actual || nothing },
  {
    title: 'SINCE',
    width: { min: 5, max: 5 },
    priority: 5,
    align: 'right',
    text: ({ since }, now) => formatAge(now - since),
  },
  {
    title: 'DEPLOYMENT',
    width: { min: 10, max: 24 },
    priority: 6,
    text: ({ subject }) => subject.deployment ?? nothing,
  },
];

/** Columns left of the first: the pointer. */
const gutter = 3;

/**
 * Findings as a table: a line of titles, then one for each.
 * @param selected index of the selected one
 * @param now milliseconds since 1970
 */
export function findingTable(
  listed: readonly Listed[],
  selected: number,
  width: number,
  now: number,
): readonly (readonly Segment[])[] {
  const placed = placeColumns(columns, width - gutter, (column) =>
    Math.max(column.title.length, ...listed.map(({ finding }) => widthOf(column.text(finding, now)))),
  );
  const line = (cellOf: (column: FindingColumn) => Segment, pointer: string): readonly Segment[] => [
    { text: pointer },
    ...placed.flatMap(({ column, width: own }, index): readonly Segment[] => {
      const cell = cellOf(column);
      const gap = index === 0 ? '' : ' '.repeat(columnGap);
      return [{ text: gap }, { ...cell, text: fitText(cell.text, own, column.align) }];
    }),
  ];
  return [
    line(({ title }) => ({ text: title, role: 'dim' }), ' '.repeat(gutter)),
    ...listed.map(({ finding, ignored }, index) => {
      const dim = ignored === undefined ? {} : { role: 'dim' as const };
      const cellOf = (column: FindingColumn): Segment => {
        const role = column.role?.(finding);
        return { text: column.text(finding, now), ...(role === undefined ? {} : { role }), ...dim };
      };
      return line(cellOf, index === selected ? ' ▸ ' : '   ');
    }),
  ];
}
