import { Box } from 'ink';
import type { ReactNode } from 'react';
import { wrapWords } from '../text.ts';
import type { Role } from '../theme.ts';
import { Line } from './line.tsx';

interface BlankProps {
  readonly width: number;
  readonly title: string;
  readonly role?: Role;
  /** What it means and what to do, a paragraph each. */
  readonly advice: readonly string[];
}

/** What a view says when it has nothing to show: what is the case, and what to do about it. */
export function Blank({ width, title, role = 'heading', advice }: BlankProps): ReactNode {
  const lines = advice.flatMap((paragraph) => [...wrapWords(paragraph, Math.min(width - 8, 96)), '']);
  return (
    <Box flexDirection="column" flexShrink={1} overflow="hidden">
      <Line width={width} segments={[]} />
      {wrapWords(title, width - 8).map((line) => (
        <Line key={line} width={width} segments={[{ text: `    ${line}`, role }]} />
      ))}
      <Line width={width} segments={[]} />
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text
        <Line key={index} width={width} segments={[{ text: `    ${line}` }]} />
      ))}
    </Box>
  );
}
