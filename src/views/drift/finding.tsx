import { Box } from 'ink';
import { type ReactNode, useLayoutEffect } from 'react';
import type { RepairName } from '../../drift/model.ts';
import { Blank } from '../../tui/components/blank.tsx';
import { Line, type Segment } from '../../tui/components/line.tsx';
import { useShell, useShellState, useViewState } from '../../tui/components/shell-context.ts';
import { useNow } from '../../tui/components/use-now.ts';
import type { Listed } from '../../tui/findings.ts';
import { selectedIndex } from '../../tui/rows.ts';
import { type Shell, viewStateOf } from '../../tui/shell.ts';
import { printable } from '../../tui/text.ts';
import type { Rows, ViewDefinition, ViewProps } from '../../tui/view.ts';
import { windowTop } from '../../tui/window.ts';
import { beginRepair } from './begin-repair.ts';
import { findingCommands } from './finding-commands.ts';
import { findingLines, repairLines } from './finding-lines.ts';
import { findingHere } from './finding-rows.ts';
import { repairs } from './repairs.ts';

/** One finding: what each side says, what happened, and what can be done about it. */
export const finding: ViewDefinition = {
  name: 'finding',
  title: 'Finding',
  aliases: [],
  about: 'one thing in which BOSH and Kubernetes differ',
  detail: true,
  rows,
  commands: [
    {
      id: 'finding.repair',
      title: 'Plan what is selected',
      group: 'This view',
      keys: ['enter'],
      hint: 'plan it',
      writes: true,
      refused: needsRepair,
      run: (shell) => beginRepair(shell, selectedOne(shell)),
    },
    ...findingCommands,
  ],
  spoken,
  Component: FindingView,
};

function rows(shell: Shell): Rows {
  const names = findingHere(shell)?.finding.repairs ?? [];
  return {
    length: names.length,
    uidAt: (index) => names[index],
    indexOf: (name) => names.indexOf(name as RepairName),
  };
}

function selectedOne(shell: Shell): number {
  return selectedIndex(rows(shell), viewStateOf(shell.store.getState()));
}

function needsRepair(shell: Shell): string | undefined {
  const listed = findingHere(shell);
  if (listed === undefined) return 'it is gone: both sides agree';
  return listed.finding.repairs.length === 0 ? 'nothing that is safe can be offered here' : undefined;
}

function FindingView({ width, height }: ViewProps): ReactNode {
  const shell = useShell();
  const view = useViewState();
  useShellState((state) => state.boshVersion);
  useShellState((state) => state.ignored);
  const now = useNow(15_000);
  const listed = findingHere(shell);
  const selected = selectedIndex(rows(shell), view);
  const lines = listed === undefined ? [] : pageLines(listed, width, Math.max(now, Date.now()), selected);
  const at = lines.findIndex(({ isSelected }) => isSelected);
  useLayoutEffect(() => {
    shell.viewport.height = height;
    shell.viewport.length = lines.length;
  });
  if (listed === undefined) {
    const advice = ['esc goes back.'];
    return <Blank width={width} title="It is gone: BOSH and Kubernetes agree about it." advice={advice} />;
  }
  // the whole is shown from its beginning while it fits; else what is selected is on the screen
  const top = windowTop(0, Math.max(0, at), height, lines.length);
  return (
    <Box flexDirection="column" height={height}>
      {lines.slice(top, top + height).map(({ segments, isSelected }, index) => (
        <Line
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text
          key={index}
          width={width}
          segments={segments}
          {...(isSelected && { look: 'selected' as const })}
        />
      ))}
    </Box>
  );
}

interface PageLine {
  readonly segments: readonly Segment[];
  readonly isSelected: boolean;
}

function pageLines(listed: Listed, width: number, now: number, selected: number): readonly PageLine[] {
  const plain = (segments: readonly Segment[]): PageLine => ({ segments, isSelected: false });
  return [
    ...findingLines(listed, width, now).map(plain),
    plain([]),
    plain([{ text: ' What can be done', role: 'accent' }]),
    ...repairLines(listed.finding, width, selected).map((segments, index) => ({
      segments,
      isSelected: index === selected && listed.finding.repairs.length > 0,
    })),
  ];
}

function spoken(shell: Shell): string {
  const listed = findingHere(shell);
  if (listed === undefined) return 'Finding: it is gone, BOSH and Kubernetes agree about it';
  const { subject, title, sides, explanation, repairs: names } = listed.finding;
  const index = selectedOne(shell);
  const name = names[index];
  const repair =
    name === undefined
      ? 'Nothing can be done here'
      : `${index + 1} of ${names.length}: ${repairs[name].title}, ${repairs[name].interrupts}`;
  const told = sides.map(({ source, value }) => `${source} ${value}`).join(', ');
  return printable(`${subject.label}, ${title}. ${told}. ${explanation.join(' ')} ${repair}`);
}
