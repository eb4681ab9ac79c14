import type { ReactNode } from 'react';
import { hasTable, labelOf, selectedOf } from '../rows.ts';
import { type Shell, viewOf } from '../shell.ts';
import { Line, type Segment } from './line.tsx';
import { useShell, useShellState } from './shell-context.ts';

/** What was just said, else why the cluster cannot be read, else what the selected row needs. */
export function StatusLine({ width }: { readonly width: number }): ReactNode {
  const shell = useShell();
  const toast = useShellState((state) => state.toast);
  const freshness = useShellState((state) => state.freshness);
  useShellState((state) => state.versions);
  useShellState((state) => state.boshVersion);
  useShellState((state) => state.views);
  useShellState((state) => state.at);
  if (toast !== undefined) {
    return (
      <Line
        width={width}
        segments={[{ text: ' ' }, { text: toast.text, role: toast.tone === 'problem' ? 'problem' : 'accent' }]}
      />
    );
  }
  const stale =
    freshness.state === 'stale' ? [{ text: ' ' }, { text: freshness.reason, role: 'problem' as const }] : undefined;
  return <Line width={width} segments={stale ?? aboutRow(shell)} />;
}

function aboutRow(shell: Shell): readonly Segment[] {
  const view = viewOf(shell);
  const own = view.status?.(shell);
  if (own !== undefined) return [{ text: ' ' }, own];
  const row = selectedOf(shell, view);
  if (row === undefined || !hasTable(view)) return [];
  const note = view.note?.(shell, row);
  if (note?.text !== undefined) {
    return [{ text: ` ${labelOf(view, row)}: ` }, { text: note.text, ...(note.mark && { role: note.mark }) }];
  }
  if (row.reason === undefined) return [];
  return [
    { text: ` ${labelOf(view, row)}: ` },
    { text: row.reason, role: row.health === 'problem' ? 'problem' : 'busy' },
  ];
}
