import type { ReactNode } from 'react';
import { keyLabel } from '../command.ts';
import { commandsOf, refusalOf } from '../keymap.ts';
import type { Shell } from '../shell.ts';
import { Line, type Segment } from './line.tsx';
import { useShell, useShellState } from './shell-context.ts';

/** The few keys that matter in this view; `?` has the rest. */
export function Footer({ width }: { readonly width: number }): ReactNode {
  const shell = useShell();
  // What can be done depends on the row, and the row changes.
  useShellState(() =>
    hintsOf(shell)
      .map(({ key }) => key)
      .join(' '),
  );
  return <Keys width={width} keys={fitHints(hintsOf(shell), width + 2)} />;
}

function hintsOf(shell: Shell): readonly Hint[] {
  return commandsOf(shell).flatMap((command): readonly Hint[] => {
    const [key] = command.keys;
    if (command.hint === undefined || key === undefined || refusalOf(shell, command) !== undefined) return [];
    return [{ key: keyLabel(key), label: command.hint, own: command.group === 'This view' }];
  });
}

interface KeysProps {
  readonly width: number;
  readonly keys: readonly { readonly key: string; readonly label: string }[];
}

/** Keys and what they do, in a line. */
export function Keys({ width, keys }: KeysProps): ReactNode {
  const segments = keys.flatMap(({ key, label }, index): readonly Segment[] => [
    { text: index === 0 ? ' ' : '   ' },
    { text: key, role: 'accent' },
    { text: ` ${label}`, role: 'dim' },
  ]);
  return <Line width={width} segments={segments} />;
}

interface Hint {
  readonly key: string;
  readonly label: string;
  /** Of the view itself, not of every view. */
  readonly own: boolean;
}

/** Whole hints only. Where there is little room the view's own go first, since the action menu has them too, and the help, which has all, goes last. */
function fitHints(hints: readonly Hint[], width: number): readonly Hint[] {
  const common = hints.filter(({ own }) => !own);
  const own = hints.filter((hint) => hint.own);
  let left = width;
  const fitted = new Set<Hint>();
  for (const hint of [...common.slice(-1), ...common.slice(0, -1), ...own]) {
    if (lengthOf(hint) > left) continue;
    left -= lengthOf(hint);
    fitted.add(hint);
  }
  return [...common.slice(0, 1), ...own, ...common.slice(1)].filter((hint) => fitted.has(hint));
}

function lengthOf({ key, label }: Hint): number {
  return key.length + label.length + 4;
}
