import type { ReactNode } from 'react';
import { keyLabel } from '../command.ts';
import { commandsOf, refusalOf } from '../keymap.ts';
import { selectedOf } from '../rows.ts';
import { Line, type Segment } from './line.tsx';
import { useRoute, useShell, useShellState, useViewState } from './shell-context.ts';

/** The few keys that matter in this view; `?` has the rest. */
export function Footer({ width }: { readonly width: number }): ReactNode {
  const shell = useShell();
  useRoute();
  useViewState();
  useShellState((state) => state.connection);
  // Some keys need a row.
  useShellState(() => selectedOf(shell) !== undefined);
  const hints = commandsOf(shell).flatMap((command): readonly Segment[][] => {
    const [key] = command.keys;
    if (command.hint === undefined || key === undefined) return [];
    if (refusalOf(shell, command) !== undefined) return [];
    return [
      [
        { text: keyLabel(key), role: 'accent' },
        { text: ` ${command.hint}   `, role: 'dim' },
      ],
    ];
  });
  return <Line width={width} segments={[{ text: ' ' }, ...hints.flat()]} />;
}
