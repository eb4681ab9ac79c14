import type { V1PersistentVolume } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolume.js';
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeClaim.js';
import type { ReactNode } from 'react';
import type { Disk } from '../../inventory/model.ts';
import { Blank } from '../../tui/components/blank.tsx';
import type { Segment } from '../../tui/components/line.tsx';
import { useShell, useShellState, useViewState } from '../../tui/components/shell-context.ts';
import { useNow } from '../../tui/components/use-now.ts';
import { findingsAbout } from '../../tui/findings.ts';
import type { ViewDefinition, ViewProps } from '../../tui/view.ts';
import { diskActions } from '../actions/disk-actions.ts';
import { keeperOf } from '../drift/row-note.ts';
import { diskCommands } from './disk-commands.ts';
import { diskSummary } from './disk-summary.ts';
import { eventLines, eventsOf } from './event-lines.ts';
import { madeLines, Scroll } from './scroll.tsx';
import { type Subject, subjectOf } from './subject.ts';
import { type Tab, Tabbed, tabCommands, tabsHeight } from './tabs.tsx';
import { useObject } from './use-object.ts';
import { healthRoles } from './vm-summary.ts';
import { YamlPage } from './yaml-page.tsx';

/** One disk: its claim, its volume, and who has it. */
export const disk: ViewDefinition = {
  name: 'disk',
  title: 'Disk',
  aliases: [],
  about: 'one disk',
  detail: true,
  commands: [
    ...diskCommands,
    ...diskActions,
    ...tabCommands(
      'disk',
      (shell) => tabsOf(subjectOf(shell, 'disks')).map(({ name }) => name),
      (shell) => subjectOf(shell, 'disks')?.row.name,
    ),
  ],
  Component: DiskView,
};

function tabsOf(subject: Subject<Disk> | undefined): readonly Tab[] {
  if (subject === undefined) return [];
  const count = eventsOf(subject.session, subject.row.namespace, aboutOf(subject.row)).length;
  return [
    { name: 'summary', label: 'summary' },
    { name: 'events', label: count === 0 ? 'events' : `events ${count}` },
    { name: 'yaml', label: 'yaml' },
  ];
}

function aboutOf({ name }: Disk): readonly string[] {
  return [`PersistentVolumeClaim ${name}`, `Pod attachment-${name}`];
}

function DiskView({ width, height }: ViewProps): ReactNode {
  const shell = useShell();
  useShellState((state) => state.versions);
  useShellState((state) => state.connection);
  useShellState((state) => state.boshVersion);
  useShellState((state) => state.ignored);
  const { tab = 'summary' } = useViewState();
  const subject = subjectOf(shell, 'disks');
  const row = subject?.row;
  const claim = useObject(
    subject?.session,
    row && {
      kind: 'PersistentVolumeClaim',
      collection: `/api/v1/namespaces/${row.namespace}/persistentvolumeclaims`,
      name: row.name,
    },
  );
  const volume = useObject(
    subject?.session,
    row?.volume === undefined
      ? undefined
      : { kind: 'PersistentVolume', collection: '/api/v1/persistentvolumes', name: row.volume },
  );
  const now = useNow(15_000);
  if (subject === undefined || row === undefined) {
    return <Blank width={width} title="This disk is not known here." advice={['esc goes back.']} />;
  }
  const page = { width, height: height - tabsHeight };
  const findings = findingsAbout(shell.store.getState(), row);
  const objects = {
    claim: claim.object as V1PersistentVolumeClaim | undefined,
    volume: volume.object as V1PersistentVolume | undefined,
    keeper: keeperOf(shell.store.getState(), row),
    storageClass: subject.session.inventory.storageClasses().get(row.storageClass ?? ''),
  };
  return (
    <Tabbed width={width} title={titleOf(subject)} tabs={tabsOf(subject)} freshness={claim.freshness}>
      {tab === 'summary' ? (
        <Scroll lines={madeLines(diskSummary(row, objects, width, now, findings))} {...page} />
      ) : null}
      {tab === 'events' ? (
        <Scroll
          lines={madeLines(eventLines(eventsOf(subject.session, row.namespace, aboutOf(row)), width, now))}
          {...page}
        />
      ) : null}
      {tab === 'yaml' ? <YamlPage objects={[claim.object, volume.object]} {...page} /> : null}
    </Tabbed>
  );
}

function titleOf({ row, gone }: Subject<Disk>): readonly Segment[] {
  return [
    { text: row.name, role: 'heading' },
    { text: '   ' },
    gone
      ? { text: 'it is gone; this is what was last known', role: 'problem' }
      : { text: row.phase, role: healthRoles[row.health] },
    { text: row.machine === undefined ? '   nobody has it' : `   ${row.machine} has it`, role: 'dim' },
  ];
}
