import { Text } from 'ink';
import type { ReactNode } from 'react';
import { fitText, widthOf } from '../text.ts';
import { type Role, themes } from '../theme.ts';
import { useShellState } from './shell-context.ts';

/** A piece of a line. */
export interface Segment {
  readonly text: string;
  readonly role?: Role;
}

interface LineProps {
  readonly segments: readonly Segment[];
  readonly width: number;
  /** Pieces at the right end; they go first when there is no room for all. */
  readonly right?: readonly Segment[];
  /** Of the whole line. */
  readonly look?: Role;
}

/** One line of the screen, exactly so wide: what does not fit is cut, never wrapped. */
export function Line({ segments, width, right = [], look = 'text' }: LineProps): ReactNode {
  const theme = themes[useShellState((state) => state.theme)];
  const ending = lengthOf(right) + lengthOf(segments) + 2 <= width ? right : [];
  const fitted = fitSegments(segments, width - lengthOf(ending));
  return (
    <Text wrap="truncate-end" {...theme[look]}>
      {[...fitted, ...ending].map((segment, index) =>
        segment.role === undefined ? (
          segment.text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line's pieces have no other identity
          <Text key={index} {...theme[segment.role]}>
            {segment.text}
          </Text>
        ),
      )}
    </Text>
  );
}

function lengthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { text }) => sum + widthOf(text), 0);
}

/** The pieces cut or padded to so many columns together. */
export function fitSegments(segments: readonly Segment[], width: number): readonly Segment[] {
  const fitted: Segment[] = [];
  let left = width;
  for (const segment of segments) {
    if (left <= 0) break;
    const own = widthOf(segment.text);
    fitted.push(own <= left ? segment : { ...segment, text: fitText(segment.text, left) });
    left -= Math.min(own, left);
  }
  return left > 0 ? [...fitted, { text: ' '.repeat(left) }] : fitted;
}
