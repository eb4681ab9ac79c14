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
    return [{ id: command.id, key: keyLabel(key), label: command.hint }];
  });
  return (
    <Line
      width={width}
      segments={[
        { text: ' ' },
        ...fitHints(hints, width - 2).flatMap(({ key, label }): readonly Segment[] => [
          { text: key, role: 'accent' },
          { text: ` ${label}   `, role: 'dim' },
        ]),
      ]}
    />
  );
}

interface Hint {
  readonly id: string;
  readonly key: string;
  readonly label: string;
}

/** Whole hints only, and always the last: it is the help, which has the others. */
function fitHints(hints: readonly Hint[], width: number): readonly Hint[] {
  const last = hints.at(-1);
  if (last === undefined) return [];
  let left = width - lengthOf(last);
  const fitted: Hint[] = [];
  for (const hint of hints.slice(0, -1)) {
    left -= lengthOf(hint);
    if (left < 0) break;
    fitted.push(hint);
  }
  return [...fitted, last];
}

function lengthOf({ key, label }: Hint): number {
  return key.length + label.length + 4;
}
