import { Box } from 'ink';
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { Line, type Segment } from '../../tui/components/line.tsx';
import { useShell, useViewState } from '../../tui/components/shell-context.ts';
import { changeView, type Shell, say, viewStateOf } from '../../tui/shell.ts';

/** Lines of which only the visible ones are made. */
export interface Lines {
  readonly length: number;
  at(index: number): readonly Segment[];
  /** Its text, to be searched. */
  textAt(index: number): string;
}

interface ScrollProps {
  readonly lines: Lines;
  readonly width: number;
  readonly height: number;
  /** Stay at the end while lines come in, as long as nobody scrolls up. */
  readonly tail?: boolean;
  /** Told whether the end is on the screen. */
  readonly onEnd?: (isAtEnd: boolean) => void;
}

/** What is scrolled in a shell now: `n` and `N` search it. */
const scrolled = new WeakMap<Shell, Lines>();

/** A text to be scrolled and searched. */
export function Scroll({ lines, width, height, tail = false, onEnd }: ScrollProps): ReactNode {
  const shell = useShell();
  const { top: wanted, filter } = useViewState();
  const lowest = Math.max(0, lines.length - height);
  const last = useRef({ lowest: 0, filter });
  const wasAtEnd = tail && wanted >= last.current.lowest;
  const top = wasAtEnd ? lowest : Math.max(0, Math.min(wanted, lowest));
  useLayoutEffect(() => {
    shell.viewport.height = height;
    shell.viewport.length = lines.length;
    scrolled.set(shell, lines);
    const isNewSearch = filter !== '' && filter !== last.current.filter;
    last.current = { lowest, filter };
    const found = isNewSearch ? nearestMatch(lines, filter, top, height) : undefined;
    const next = found ?? top;
    if (next !== wanted) changeView(shell, { top: next });
    onEnd?.(next === lowest);
  });
  const visible = Array.from({ length: Math.max(0, Math.min(height, lines.length - top)) }, (_, index) => top + index);
  return (
    <Box flexDirection="column" height={height}>
      {visible.map((index) => (
        <Line key={index} width={width} segments={[{ text: ' ' }, ...marked(lines.at(index), filter)]} />
      ))}
    </Box>
  );
}

/** Goes to the next line that holds what is searched for, or the one before; round the end. */
export function goToMatch(shell: Shell, direction: 1 | -1): void {
  const lines = scrolled.get(shell);
  const { filter, top } = viewStateOf(shell.store.getState());
  if (lines === undefined || filter === '') {
    say(shell, 'press / and type what to search for');
    return;
  }
  const lowest = Math.max(0, lines.length - shell.viewport.height);
  for (let step = 1; step < lines.length; step++) {
    const index = (top + direction * step + lines.length) % lines.length;
    // matches on the last page are all on the screen together
    const next = Math.min(index, lowest);
    if (next === top || !holds(lines.textAt(index), filter)) continue;
    changeView(shell, { top: next });
    return;
  }
  say(shell, `${filter}: nothing else`);
}

function nearestMatch(lines: Lines, filter: string, top: number, height: number): number | undefined {
  const lowest = Math.max(0, lines.length - height);
  for (let index = top; index < lines.length; index++) {
    if (holds(lines.textAt(index), filter)) return index < top + height ? undefined : Math.min(index, lowest);
  }
  for (let index = top - 1; index >= 0; index--) if (holds(lines.textAt(index), filter)) return index;
  return undefined;
}

function holds(text: string, filter: string): boolean {
  return text.toLowerCase().includes(filter.toLowerCase());
}

/** The pieces of a line, with what is searched for marked. */
function marked(segments: readonly Segment[], filter: string): readonly Segment[] {
  if (filter === '') return segments;
  const wanted = filter.toLowerCase();
  return segments.flatMap((segment) => {
    const pieces: Segment[] = [];
    const lower = segment.text.toLowerCase();
    let from = 0;
    for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
      pieces.push({ ...segment, text: segment.text.slice(from, at) });
      pieces.push({ text: segment.text.slice(at, at + wanted.length), role: 'match' });
      from = at + wanted.length;
    }
    return [...pieces, { ...segment, text: segment.text.slice(from) }];
  });
}

/** Lines that are all made already. */
export function madeLines(lines: readonly (readonly Segment[])[]): Lines {
  return {
    length: lines.length,
    at: (index) => lines[index] ?? [],
    textAt: (index) => (lines[index] ?? []).map(({ text }) => text).join(''),
  };
}
