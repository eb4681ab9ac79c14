import { Box } from 'ink';
import { type ReactNode, useLayoutEffect } from 'react';
import { formatSize } from '../../inventory/format.ts';
import type { Disk, Machine } from '../../inventory/model.ts';
import { Line } from '../../tui/components/line.tsx';
import { useShell, useViewState } from '../../tui/components/shell-context.ts';
import { selectedIndex } from '../../tui/rows.ts';
import type { Session } from '../../tui/session.ts';
import { fitText } from '../../tui/text.ts';
import type { Rows, ViewProps } from '../../tui/view.ts';
import { windowTop } from '../../tui/window.ts';
import { healthRoles } from './vm-summary.ts';

/** The disks a machine has, by name. */
export function disksOf({ inventory }: Session, machine: Machine): readonly Disk[] {
  const found: Disk[] = [];
  for (const disk of inventory.rows('disks').values()) {
    if (disk.namespace === machine.namespace && machine.disks.includes(disk.name)) found.push(disk);
  }
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

/** What the arrows move over. */
export function diskRows(disks: readonly Disk[]): Rows {
  return {
    length: disks.length,
    uidAt: (index) => disks[index]?.uid,
    indexOf: (uid) => disks.findIndex((disk) => disk.uid === uid),
  };
}

/** The disks of a machine; Enter opens one. */
export function DiskPage({ disks, width, height }: ViewProps & { readonly disks: readonly Disk[] }): ReactNode {
  const shell = useShell();
  const state = useViewState();
  const room = Math.max(1, height - 1);
  useLayoutEffect(() => {
    shell.viewport.height = room;
  });
  const selected = selectedIndex(diskRows(disks), state);
  const top = windowTop(state.top, selected, room, disks.length);
  if (disks.length === 0) return <Line width={width} segments={[{ text: ' No persistent disk.', role: 'dim' }]} />;
  return (
    <Box flexDirection="column" height={height}>
      <Line
        width={width}
        segments={[{ text: `   ${cells(['DISK', 'SIZE', 'CLASS', 'PHASE', 'MOUNTED'])}`, role: 'heading' }]}
      />
      {disks.slice(top, top + room).map((disk, index) => (
        <Line
          key={disk.uid}
          width={width}
          {...(top + index === selected && { look: 'selected' as const })}
          segments={[
            { text: top + index === selected ? ' ▸ ' : '   ' },
            {
              text: cells([
                disk.name,
                formatSize(disk.capacity ?? disk.size),
                disk.storageClass,
                disk.phase,
                disk.mounted,
              ]),
              ...(disk.health !== 'ok' && { role: healthRoles[disk.health] }),
            },
          ]}
        />
      ))}
    </Box>
  );
}

/** Columns of the cells; the last one has what is left. */
const widths = [44, 8, 18, 12];

function cells(texts: readonly (string | undefined)[]): string {
  return texts.map((text = '–', index) => fitText(text, widths[index] ?? text.length)).join('  ');
}
