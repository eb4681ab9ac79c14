import { Box } from 'ink';
import { type ReactNode, useLayoutEffect } from 'react';
import { type Command, groups, keyLabel } from '../command.ts';
import { commandsOf, refusalOf } from '../keymap.ts';
import { type Shell, viewOf } from '../shell.ts';
import type { Mode } from '../state.ts';
import { fitText } from '../text.ts';
import { Line, type Segment } from './line.tsx';
import { typedSegments } from './prompt.tsx';
import { useShell } from './shell-context.ts';

interface HelpProps {
  readonly mode: Extract<Mode, { kind: 'help' }>;
  readonly width: number;
  readonly height: number;
}

/** Every key and word that means something in the view it was asked from, made from its commands. */
export function Help({ mode, width, height }: HelpProps): ReactNode {
  const shell = useShell();
  const lines = helpLines(shell, mode.editor.text);
  const room = height - 2;
  useLayoutEffect(() => {
    shell.viewport.height = room;
    shell.viewport.length = lines.length;
  });
  return (
    <Box flexDirection="column" height={height}>
      <Line
        width={width}
        segments={[
          { text: ` Help for ${viewOf(shell).title}   `, role: 'heading' },
          ...(mode.typing || mode.editor.text !== ''
            ? [{ text: '/', role: 'accent' as const }, ...typedSegments(mode.editor, '', 30)]
            : []),
        ]}
        right={[{ text: `${Math.min(lines.length, mode.top + room)} of ${lines.length} lines `, role: 'dim' }]}
      />
      <Line width={width} segments={[]} />
      {lines.slice(mode.top, mode.top + room).map((segments, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text
        <Line key={index} width={width} segments={segments} />
      ))}
    </Box>
  );
}

function helpLines(shell: Shell, filter: string): readonly (readonly Segment[])[] {
  const wanted = filter.toLowerCase();
  const commands = commandsOf(shell).filter((command) => describe(command).toLowerCase().includes(wanted));
  return groups.flatMap((group) => {
    const own = commands.filter((command) => command.group === group);
    if (own.length === 0) return [];
    return [[{ text: ` ${group}`, role: 'accent' as const }], ...own.map((command) => helpLine(shell, command)), []];
  });
}

function helpLine(shell: Shell, command: Command): readonly Segment[] {
  const refused = refusalOf(shell, command);
  const role = refused === undefined ? {} : { role: 'dim' as const };
  return [
    { text: `   ${fitText(keysOf(command), 18)}`, role: 'heading' },
    { text: fitText(wordsOf(command), 22), role: 'dim' },
    { text: command.title, ...role },
    { text: refused === undefined ? '' : `   (${refused})`, role: 'dim' },
  ];
}

function keysOf({ keys }: Command): string {
  return keys.map(keyLabel).join('  ');
}

function wordsOf({ words = [], argument }: Command): string {
  const [first] = words;
  return first === undefined ? '' : `:${first}${argument === undefined ? '' : ` ${argument.name}`}`;
}

function describe(command: Command): string {
  return `${keysOf(command)} ${(command.words ?? []).join(' ')} ${command.title} ${command.group}`;
}
