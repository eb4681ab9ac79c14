import type { Finding, Side } from '../../drift/model.ts';
import { formatAge } from '../../inventory/format.ts';
import { severityRoles } from '../../tui/components/header.tsx';
import type { Segment } from '../../tui/components/line.tsx';
import type { Listed } from '../../tui/findings.ts';
import { fitText, widthOf, wrapText } from '../../tui/text.ts';
import { repairs } from './repairs.ts';

type Lines = readonly (readonly Segment[])[];

/** Below this the two sides are told one below the other, in columns. */
const wide = 128;

/** One finding in full, without what can be done about it: what each source says, what happened, what it breaks. @param now milliseconds since 1970 */
export function findingLines({ finding, ignored }: Listed, width: number, now: number): Lines {
  const { subject, title, severity, since } = finding;
  const deployment = subject.deployment === undefined ? '' : `   ${subject.deployment}`;
  return [
    [
      { text: ` ${subject.label}: ${title}`, role: 'heading' },
      { text: `   ${severity}`, role: severityRoles[severity] },
      { text: `${deployment}   since ${formatAge(now - since)}   ${subject.namespace}/${subject.name}`, role: 'dim' },
      ...(ignored === undefined
        ? []
        : [{ text: `   ignored for ${formatAge(ignored - now)}`, role: 'accent' as const }]),
    ],
    [],
    ...sideLines(finding, width),
    [],
    ...explained('What happened', finding.explanation.slice(0, 1), width),
    ...explained('What it breaks', finding.explanation.slice(1), width),
  ];
}

function sideLines({ sides, expected, actual }: Finding, width: number): Lines {
  const half = Math.ceil(sides.length / 2);
  const isWide = width >= wide && sides.length > 2;
  const columns = isWide ? [sides.slice(0, half), sides.slice(half)] : [sides];
  const room = Math.floor((width - 3) / columns.length) - 2;
  const placed = columns.map((column) =>
    column.flatMap((side) => sideSegments(side, column, room, { expected, actual })),
  );
  return Array.from({ length: Math.max(...placed.map(({ length }) => length), 0) }, (_, index) => [
    { text: '   ' },
    ...placed.flatMap((lines) => lines[index] ?? [{ text: ' '.repeat(room + 2) }]),
  ]);
}

type Differing = Pick<Finding, 'expected' | 'actual'>;

/** Source, value and note in columns; a note that has no room beside its value goes below it. */
function sideSegments(
  { source, value, note = '' }: Side,
  column: readonly Side[],
  room: number,
  { expected, actual }: Differing,
): Lines {
  const sources = Math.min(20, Math.max(...column.map((side) => widthOf(side.source))));
  const values = Math.min(Math.floor(room / 2), Math.max(...column.map((side) => widthOf(side.value))));
  const role = value === actual && value !== expected ? { role: 'problem' as const } : {};
  const head: Segment = { text: `${fitText(source, sources)}   `, role: 'dim' };
  const left = room - sources - 3;
  const below: Segment = { text: ' '.repeat(sources + 3) };
  if (widthOf(value) + widthOf(note) + 2 <= left) {
    const text = fitText(value, Math.max(values, widthOf(value)));
    return [[head, { text, ...role }, { text: fitText(`  ${note}`, left - widthOf(text) + 2), role: 'dim' }]];
  }
  return [
    ...wrapText(value, left).map((text, index) => [
      index === 0 ? head : below,
      { text: fitText(text, left + 2), ...role },
    ]),
    ...(note === ''
      ? []
      : wrapText(note, left).map((text): readonly Segment[] => [
          below,
          { text: fitText(text, left + 2), role: 'dim' },
        ])),
  ];
}

function explained(name: string, sentences: readonly string[], width: number): Lines {
  return sentences.flatMap((sentence, number) =>
    wrapText(sentence, Math.max(30, Math.min(width - 20, 110))).map((text, index): readonly Segment[] => [
      { text: ` ${fitText(number === 0 && index === 0 ? name : '', 16)}`, role: 'dim' },
      { text },
    ]),
  );
}

/** Columns of what a repair is called. */
const titleWidth = 34;

/** What can be done, with what each interrupts. @param selected index of the one the arrows are on */
export function repairLines(finding: Finding, width: number, selected?: number): Lines {
  if (finding.repairs.length === 0) {
    return [[{ text: ' Nothing that is safe can be offered: a person has to look.', role: 'dim' }]];
  }
  const own = Math.min(titleWidth, width - 10);
  return finding.repairs.map((name, index) => [
    { text: index === selected ? ' ▸ ' : ' · ', role: 'accent' },
    { text: fitText(repairs[name].title, own) },
    { text: `  ${repairs[name].interrupts}`, role: 'dim' },
  ]);
}
