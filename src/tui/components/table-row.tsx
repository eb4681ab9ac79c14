import { Text } from 'ink';
import { memo, type ReactNode } from 'react';
import type { Tone } from '../../inventory/columns.ts';
import type { Health } from '../../inventory/model.ts';
import { columnGap } from '../place-columns.ts';
import { type Look, type Role, type Theme, themes } from '../theme.ts';
import { fitSegments, type Segment } from './line.tsx';
import { useShellState } from './shell-context.ts';

interface TableRowProps {
  /** Padded to their columns. */
  readonly cells: readonly string[];
  readonly tones: readonly Tone[];
  readonly width: number;
  readonly health: Health;
  readonly selected: boolean;
  readonly marked: boolean;
  /** What BOSH says of it differs: how that looks. */
  readonly mark: Role | undefined;
  readonly stale: boolean;
}

/** One row: a single text, with pieces of it in other looks only where a cell has something to say. */
export const TableRow = memo(function TableRow(props: TableRowProps): ReactNode {
  const theme = themes[useShellState((state) => state.theme)];
  return (
    <Text wrap="truncate-end" {...lookOf(props, theme)}>
      {segmentsOf(props).map(({ text, role }, index) =>
        role === undefined ? (
          text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row's pieces have no other identity
          <Text key={index} {...theme[role]}>
            {text}
          </Text>
        ),
      )}
    </Text>
  );
}, same);

function lookOf({ selected, stale, health }: TableRowProps, theme: Theme): Look {
  const own = stale ? theme.dim : health === 'problem' ? theme.problem : theme.text;
  return selected ? { ...own, ...theme.selected } : own;
}

function segmentsOf({ cells, tones, width, health, selected, marked, mark, stale }: TableRowProps): readonly Segment[] {
  const pointer = selected ? '▸' : health === 'problem' ? '●' : ' ';
  const first: Segment = marked ? { text: '✓', role: 'accent' } : mark ? { text: '≠', role: mark } : { text: ' ' };
  const segments: Segment[] = [first, { text: `${pointer} ` }];
  let plain = '';
  for (const [index, cell] of cells.entries()) {
    plain += index === 0 ? '' : ' '.repeat(columnGap);
    const role = stale ? undefined : roleOf(tones[index] ?? 'normal');
    if (role === undefined) plain += cell;
    else {
      segments.push({ text: plain }, { text: cell, role });
      plain = '';
    }
  }
  return fitSegments([...segments, { text: plain }], width);
}

function roleOf(tone: Tone): Role | undefined {
  return tone === 'normal' ? undefined : tone;
}

/** Rows are drawn ten times a second, and of most nothing has changed. */
function same(before: TableRowProps, after: TableRowProps): boolean {
  return (
    before.selected === after.selected &&
    before.marked === after.marked &&
    before.mark === after.mark &&
    before.stale === after.stale &&
    before.health === after.health &&
    before.width === after.width &&
    before.cells.length === after.cells.length &&
    before.cells.every((cell, index) => cell === after.cells[index]) &&
    before.tones.every((tone, index) => tone === after.tones[index])
  );
}
