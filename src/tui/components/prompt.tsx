import { Box } from 'ink';
import type { ReactNode } from 'react';
import { ghostOf, proposals } from '../completion.ts';
import type { Editor } from '../editor.ts';
import { filterProblem, hasTable } from '../rows.ts';
import { viewOf } from '../shell.ts';
import type { Mode } from '../state.ts';
import { fitText } from '../text.ts';
import { Line, type Segment } from './line.tsx';
import { useShell } from './shell-context.ts';

/** The filter or the command line being typed, with what it will do above it. Two lines. */
export function Prompt({
  mode,
  width,
}: {
  readonly mode: Extract<Mode, { kind: 'filter' | 'command' }>;
  readonly width: number;
}): ReactNode {
  const shell = useShell();
  if (mode.kind === 'filter') {
    const about = hasTable(viewOf(shell)) ? aboutFilter(mode.editor.text) : aboutSearch;
    return <Typed width={width} about={[about]} sign="/" editor={mode.editor} ghost="" />;
  }
  const about = proposals(shell, mode.editor.text).slice(0, 8);
  return (
    <Typed
      width={width}
      about={
        about.length === 1 && about[0] !== undefined
          ? [{ text: ` ${about[0].about}`, role: 'dim' }]
          : [{ text: ` ${about.map(({ line }) => line).join('   ')}`, role: 'dim' }]
      }
      sign=":"
      editor={mode.editor}
      ghost={ghostOf(shell, mode.editor.text)}
    />
  );
}

const aboutSearch: Segment = {
  text: ' text to search for      enter keep   n next   N the one before   esc as before',
  role: 'dim',
};

function aboutFilter(text: string): Segment {
  const problem = filterProblem(text);
  return problem === undefined
    ? { text: ' text   !text   -l label=value,label!=value   -f letters      enter keep   esc as before', role: 'dim' }
    : { text: ` ${problem}`, role: 'problem' };
}

interface TypedProps {
  readonly width: number;
  readonly about: readonly Segment[];
  readonly sign: string;
  readonly editor: Editor;
  readonly ghost: string;
}

function Typed({ width, about, sign, editor, ghost }: TypedProps): ReactNode {
  return (
    <Box flexDirection="column">
      <Line width={width} segments={about} />
      <Line
        width={width}
        segments={[{ text: ` ${sign}`, role: 'accent' }, ...typedSegments(editor, ghost, width - 3)]}
      />
    </Box>
  );
}

/** A line being typed: its end when it is too long, the cursor as an inverted character, a proposal behind it. */
export function typedSegments({ text, cursor }: Editor, ghost: string, width: number): readonly Segment[] {
  const from = Math.max(0, cursor - width + 1);
  const before = text.slice(from, cursor);
  const rest = text.slice(cursor) + ghost;
  const [under = ' '] = rest;
  const after = rest.slice(under.length);
  const ghostStarts = text.length - cursor - 1;
  const typed = Math.max(0, ghostStarts);
  return [
    { text: before },
    { text: under, role: 'cursor' },
    { text: after.slice(0, typed) },
    { text: fitText(after.slice(typed), Math.max(0, width - before.length - typed - 1)), role: 'dim' },
  ];
}
