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
  const hints = commandsOf(shell).flatMap((command): readonly Hint[] => {
    const [key] = command.keys;
    if (command.hint === undefined || key === undefined || refusalOf(shell, command) !== undefined) return [];
    return [{ key: keyLabel(key), label: command.hint, own: command.group === 'This view' }];
  });
  return <Keys width={width} keys={fitHints(hints, width + 2)} />;
}

interface KeysProps {
  readonly width: number;
  readonly keys: readonly { readonly key: string; readonly label: string }[];
}

/** Keys and what they do, in a line. */
export function Keys({ width, keys }: KeysProps): ReactNode {
  const segments = keys.flatMap(({ key, label }): readonly Segment[] => [
    { text: key, role: 'accent' },
    { text: ` ${label}   `, role: 'dim' },
  ]);
  return <Line width={width} segments={[{ text: ' ' }, ...segments]} />;
}

interface Hint {
  readonly key: string;
  readonly label: string;
  /** Of the view itself, not of every view. */
  readonly own: boolean;
}

/** Whole hints only. Those of the view go first where there is little room: the action menu has them too. Enter stays at the left. */
function fitHints(hints: readonly Hint[], width: number): readonly Hint[] {
  const common = hints.filter(({ own }) => !own);
  let left = width - common.reduce((sum, hint) => sum + lengthOf(hint), 0);
  const own: Hint[] = [];
  for (const hint of hints.filter((one) => one.own)) {
    if (lengthOf(hint) > left) continue;
    left -= lengthOf(hint);
    own.push(hint);
  }
  return [...common.slice(0, 1), ...own, ...common.slice(1)];
}

function lengthOf({ key, label }: Hint): number {
  return key.length + label.length + 4;
}
