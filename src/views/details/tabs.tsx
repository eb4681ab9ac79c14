import { Box } from 'ink';
import type { ReactNode } from 'react';
import type { Freshness } from '../../inventory/model.ts';
import type { Command } from '../../tui/command.ts';
import { copy } from '../../tui/commands/table-commands.ts';
import { freshnessSegment } from '../../tui/components/header.tsx';
import { Line, type Segment } from '../../tui/components/line.tsx';
import { useViewState } from '../../tui/components/shell-context.ts';
import { changeView, type Shell, viewStateOf } from '../../tui/shell.ts';
import { goToMatch } from './scroll.tsx';

/** A page of a detail view. */
export interface Tab {
  readonly name: string;
  /** As the bar shows it. */
  readonly label: string;
}

interface TabbedProps {
  readonly width: number;
  readonly title: readonly Segment[];
  readonly tabs: readonly Tab[];
  /** How far what the page shows can be trusted. */
  readonly freshness: Freshness;
  readonly children: ReactNode;
}

/** Lines above the page. */
export const tabsHeight = 3;

/** A title, a bar of tabs, and the page that is chosen. */
export function Tabbed({ width, title, tabs, freshness, children }: TabbedProps): ReactNode {
  const { tab: chosen = tabs[0]?.name, filter } = useViewState();
  const bar = tabs.flatMap(({ name, label }): readonly Segment[] => [
    { text: ' ' },
    name === chosen ? { text: ` ${label} `, role: 'badge' } : { text: ` ${label} `, role: 'dim' },
  ]);
  // the shell's header says the same where all is well
  const right = freshness.state === 'live' ? [] : [freshnessSegment(freshness, Date.now()), { text: ' ' }];
  return (
    <Box flexDirection="column">
      <Line width={width} segments={[{ text: ' ' }, ...title]} right={right} />
      <Line width={width} segments={bar} right={filter === '' ? [] : searched(filter)} />
      <Line width={width} segments={[]} />
      {children}
    </Box>
  );
}

function searched(text: string): readonly Segment[] {
  return [
    { text: '/', role: 'dim' },
    { text, role: 'match' },
    { text: '  n next  N before  esc ends ', role: 'dim' },
  ];
}

/** Opens a page of the view on the screen from its beginning. */
export function openTab(shell: Shell, tab: string): void {
  if (viewStateOf(shell.store.getState()).tab !== tab) changeView(shell, { tab, top: 0, filter: '' });
}

/**
 * Keys that every detail view has.
 * @param namesOf names of the pages of the view on the screen
 * @param nameOf name of what the view is about
 */
export function tabCommands(
  id: string,
  namesOf: (shell: Shell) => readonly string[],
  nameOf: (shell: Shell) => string | undefined,
): readonly Command[] {
  const step = (by: number) => (shell: Shell) => {
    const names = namesOf(shell);
    const at = Math.max(0, names.indexOf(viewStateOf(shell.store.getState()).tab ?? ''));
    const next = names[(at + by + names.length) % names.length];
    if (next !== undefined) openTab(shell, next);
  };
  return [
    {
      id: `${id}.copy`,
      title: 'Copy its name',
      group: 'This view',
      keys: ['y'],
      onRow: true,
      run(shell) {
        const name = nameOf(shell);
        if (name !== undefined) copy(shell, name, name);
      },
    },
    {
      id: `${id}.next-tab`,
      title: 'Next page',
      group: 'This view',
      keys: ['tab', 'right'],
      hint: 'next page',
      run: step(1),
    },
    { id: `${id}.previous-tab`, title: 'Page before', group: 'This view', keys: ['shift-tab', 'left'], run: step(-1) },
    {
      id: `${id}.next-match`,
      title: 'Next line that holds what / searches for',
      group: 'This view',
      keys: ['n'],
      run: (shell) => goToMatch(shell, 1),
    },
    {
      id: `${id}.previous-match`,
      title: 'The one before',
      group: 'This view',
      keys: ['N'],
      run: (shell) => goToMatch(shell, -1),
    },
  ];
}
