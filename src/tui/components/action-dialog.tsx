import { Box } from 'ink';
import { type ReactNode, useLayoutEffect } from 'react';
import type { ActionState } from '../action-state.ts';
import { findingOf } from '../findings.ts';
import type { Shell } from '../shell.ts';
import { windowTop } from '../window.ts';
import { type ActionContext, type ActionLines, actionLines } from './action-lines.ts';
import { Rule } from './header.tsx';
import { Line } from './line.tsx';
import { useShell, useShellState } from './shell-context.ts';
import { useNow } from './use-now.ts';

/** Lines of rule and title. */
const above = 2;

/** Lines the view above it keeps, or else none at all. */
const leastView = 5;

/** What it says now, and how high it is: as high as it must be, and the view above it has the rest. */
export function useActionDialog(
  width: number,
  room: number,
): { readonly lines: ActionLines; readonly height: number } | undefined {
  const shell = useShell();
  const action = useShellState((state) => state.action);
  const isOpen = useShellState((state) => state.modes.at(-1)?.kind === 'action');
  useShellState((state) => state.boshVersion);
  const now = useNow(isOpen && action?.stage.state === 'running' ? 1000 : undefined);
  if (!isOpen || action === undefined) return undefined;
  const lines = actionLines(action, contextOf(shell, action), width, Math.max(now, Date.now()));
  const wanted = lines.body.length + lines.end.length + above + 1;
  return { lines, height: wanted > room - leastView ? room : wanted };
}

/** What is known beside the action. */
export function contextOf({ store }: Shell, { finding: id }: ActionState): ActionContext {
  const state = store.getState();
  const finding = findingOf(state, id)?.finding;
  const { director } = state.bosh ?? {};
  return {
    director: director?.state === 'there' ? director.feed.view().info?.name : undefined,
    finding: finding && `${finding.title}, ${finding.subject.label}`,
  };
}

interface ActionDialogProps {
  readonly lines: ActionLines;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** There is no view above it, but a rule. */
  readonly isWhole: boolean;
}

/** The plan before the act, what it does while it does it, and the proof after. */
export function ActionDialog({ lines, top, width, height, isWhole }: ActionDialogProps): ReactNode {
  const shell = useShell();
  const room = Math.max(0, height - (isWhole ? 1 : above) - lines.end.length);
  const isCut = lines.body.length > room;
  const shown = isCut ? Math.max(0, room - 1) : room;
  const wanted = Math.max(0, Math.min(top, lines.body.length - shown));
  const from = lines.at === undefined ? wanted : windowTop(wanted, lines.at, shown, lines.body.length);
  useLayoutEffect(() => {
    shell.viewport.height = shown;
    shell.viewport.length = lines.body.length;
  });
  const visible = [
    ...lines.body.slice(from, from + shown),
    ...(isCut ? [[{ text: moreOf(from, shown, lines.body.length), role: 'dim' as const }]] : []),
    ...lines.end,
  ];
  return (
    <Box flexDirection="column" height={height}>
      {isWhole ? null : <Rule width={width} />}
      <Line width={width} segments={lines.title} />
      {visible.map((segments, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text
        <Line key={index} width={width} segments={segments} />
      ))}
    </Box>
  );
}

function moreOf(from: number, shown: number, length: number): string {
  return `  ↑ ↓ ${Math.max(0, length - from - shown)} more lines below, ${from} above`;
}
