import { Box } from 'ink';
import type { ReactNode } from 'react';
import { choicesLeft } from '../mode.ts';
import type { Mode } from '../state.ts';
import { fitText } from '../text.ts';
import { windowTop } from '../window.ts';
import { Rule } from './header.tsx';
import { Line } from './line.tsx';
import { typedSegments } from './prompt.tsx';

type SheetMode = Extract<Mode, { kind: 'sheet' }>;

/** Lines a sheet takes, at most; the view above it keeps the rest. */
export function sheetHeight(mode: SheetMode, room: number): number {
  return Math.min(mode.choices.length + 2, Math.max(5, Math.floor(room * 0.6)));
}

/** A list to choose one of, below the view it is about; typing narrows it. */
export function Sheet({
  mode,
  width,
  height,
}: {
  readonly mode: SheetMode;
  readonly width: number;
  readonly height: number;
}): ReactNode {
  const choices = choicesLeft(mode);
  const room = height - 2;
  const top = windowTop(mode.index - Math.floor(room / 2), mode.index, room, choices.length);
  const visible = choices.slice(top, top + room);
  const labels = Math.max(...visible.map(({ label }) => label.length), 10);
  return (
    <Box flexDirection="column" height={height}>
      <Rule width={width} />
      <Line
        width={width}
        segments={[
          { text: ` ${mode.title}   `, role: 'heading' },
          { text: '/', role: 'accent' },
          ...typedSegments(mode.editor, '', 30),
        ]}
      />
      {visible.length === 0 ? <Line width={width} segments={[{ text: '   nothing matches', role: 'dim' }]} /> : null}
      {visible.map(({ label, hint, refused }, index) => (
        <Line
          key={label}
          width={width}
          {...(top + index === mode.index ? { look: 'selected' as const } : {})}
          segments={[
            { text: top + index === mode.index ? ' ▸ ' : '   ' },
            {
              text: fitText(label, Math.min(labels, width - 20)),
              ...(refused === undefined ? {} : { role: 'dim' as const }),
            },
            { text: `   ${refused ?? hint}`, role: 'dim' },
          ]}
        />
      ))}
    </Box>
  );
}
