import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import type { ReactNode } from 'react';
import type { Machine } from '../../inventory/model.ts';
import type { Command } from '../../tui/command.ts';
import { Blank } from '../../tui/components/blank.tsx';
import type { Segment } from '../../tui/components/line.tsx';
import { useShell, useShellState, useViewState } from '../../tui/components/shell-context.ts';
import { useNow } from '../../tui/components/use-now.ts';
import { findingsAbout } from '../../tui/findings.ts';
import { open } from '../../tui/history.ts';
import type { LogSource } from '../../tui/machine-io/log-feed.ts';
import { selectedIndex } from '../../tui/rows.ts';
import { type Shell, viewStateOf } from '../../tui/shell.ts';
import type { Rows, ViewDefinition, ViewProps } from '../../tui/view.ts';
import { machineActions } from '../actions/machine-actions.ts';
import { addressLines } from './address-lines.ts';
import { DiskPage, diskRows, disksOf } from './disk-page.tsx';
import { eventLines, eventsOf } from './event-lines.ts';
import { LogPage, toggleLook, togglePause } from './log-page.tsx';
import { machineCommands } from './machine-commands.ts';
import { madeLines, Scroll } from './scroll.tsx';
import { type Subject, subjectOf } from './subject.ts';
import { type Tab, Tabbed, tabCommands, tabsHeight } from './tabs.tsx';
import { useObject } from './use-object.ts';
import { healthRoles, vmSummary } from './vm-summary.ts';
import { YamlPage } from './yaml-page.tsx';

/** One machine: what it is, what it says, what happened to it. */
export const vm: ViewDefinition = {
  name: 'vm',
  title: 'VM',
  aliases: [],
  about: 'one machine',
  detail: true,
  rows,
  commands: [
    {
      id: 'vm.open',
      title: 'Open the disk',
      group: 'This view',
      keys: ['enter'],
      hint: 'disk',
      refused: (shell) => (selectedDisk(shell) === undefined ? 'there is nothing to open here' : undefined),
      run(shell) {
        const uid = selectedDisk(shell);
        if (uid !== undefined) open(shell, { view: 'disk', uid });
      },
    },
    ...machineCommands,
    ...machineActions,
    ...tabCommands(
      'vm',
      (shell) => tabsOf(subjectOf(shell, 'machines')).map(({ name }) => name),
      (shell) => subjectOf(shell, 'machines')?.row.name,
    ),
    logCommand('w', 'wrap', 'Wrap long lines of the log, or cut them', (shell) => toggleLook(shell, 'wrap')),
    logCommand('t', 'times', 'Times of the log, from the node', (shell) => toggleLook(shell, 'times')),
    logCommand('f', 'pause', 'Stop reading the log, or go on', togglePause),
  ],
  Component: VmView,
};

function logCommand(key: string, hint: string, title: string, run: (shell: Shell) => void): Command {
  return { id: `vm.log-${hint}`, title, group: 'This view', keys: [key], hint, refused: needsLog, run };
}

/** Which pages show a log, and whose. */
const sources: ReadonlyMap<string, LogSource> = new Map([
  ['logs', 'container'],
  ['previous', 'previous'],
  ['agent', 'agent'],
]);

function needsLog(shell: Shell): string | undefined {
  const { tab = '' } = viewStateOf(shell.store.getState());
  return sources.has(tab) ? undefined : 'there is no log here: l opens it';
}

function tabsOf(subject: Subject<Machine> | undefined): readonly Tab[] {
  if (subject === undefined) return [];
  const { session, row } = subject;
  const counted = (label: string, count: number) => (count === 0 ? label : `${label} ${count}`);
  return [
    { name: 'summary', label: 'summary' },
    { name: 'logs', label: 'log' },
    ...(row.restarts > 0 ? [{ name: 'previous', label: 'log before' }] : []),
    { name: 'agent', label: 'agent' },
    { name: 'events', label: counted('events', eventsOf(session, row.namespace, aboutOf(row)).length) },
    { name: 'disks', label: counted('disks', disksOf(session, row).length) },
    { name: 'addresses', label: 'addresses' },
    { name: 'yaml', label: 'yaml' },
  ];
}

/** What events about a machine are about: its pod, and the record of the same name. */
function aboutOf({ name }: Machine): readonly string[] {
  return [`Pod ${name}`, `Secret ${name}`, `PersistentVolumeClaim ephemeral-${name}`];
}

function rows(shell: Shell): Rows | undefined {
  const subject = subjectOf(shell, 'machines');
  if (subject === undefined || viewStateOf(shell.store.getState()).tab !== 'disks') return undefined;
  return diskRows(disksOf(subject.session, subject.row));
}

function selectedDisk(shell: Shell): string | undefined {
  const found = rows(shell);
  return found?.uidAt(selectedIndex(found, viewStateOf(shell.store.getState())));
}

function VmView({ width, height }: ViewProps): ReactNode {
  const shell = useShell();
  useShellState((state) => state.versions);
  useShellState((state) => state.connection);
  useShellState((state) => state.boshVersion);
  useShellState((state) => state.ignored);
  const { tab = 'summary' } = useViewState();
  const subject = subjectOf(shell, 'machines');
  const row = subject?.row;
  const base = `/api/v1/namespaces/${row?.namespace}`;
  const pod = useObject(subject?.session, row && { kind: 'Pod', collection: `${base}/pods`, name: row.name });
  // its data is the machine's credentials: only metadata is ever asked for
  const wantsRecord = tab === 'yaml' && row !== undefined;
  const record = useObject(
    subject?.session,
    wantsRecord ? { kind: 'Secret', collection: `${base}/secrets`, name: row.name, metadataOnly: true } : undefined,
  );
  const now = useNow(15_000);
  if (subject === undefined || row === undefined) {
    return <Blank width={width} title="This machine is not known here." advice={['esc goes back.']} />;
  }
  const room = height - tabsHeight;
  const findings = findingsAbout(shell.store.getState(), row);
  const object = pod.object as V1Pod | undefined;
  const page = { width, height: room };
  const source = sources.get(tab);
  return (
    <Tabbed width={width} title={titleOf(subject)} tabs={tabsOf(subject)} freshness={pod.freshness}>
      {tab === 'summary' ? <Scroll lines={madeLines(vmSummary(row, object, width, now, findings))} {...page} /> : null}
      {source === undefined ? null : <LogPage session={subject.session} row={row} source={source} {...page} />}
      {tab === 'events' ? (
        <Scroll
          lines={madeLines(eventLines(eventsOf(subject.session, row.namespace, aboutOf(row)), width, now))}
          {...page}
        />
      ) : null}
      {tab === 'disks' ? <DiskPage disks={disksOf(subject.session, row)} {...page} /> : null}
      {tab === 'addresses' ? (
        <Scroll
          lines={madeLines(
            addressLines(row, object, subject.session.inventory.services(row.namespace, row.agentId), width),
          )}
          {...page}
        />
      ) : null}
      {tab === 'yaml' ? <YamlPage objects={[pod.object, record.object]} {...page} /> : null}
    </Tabbed>
  );
}

function titleOf({ row, gone }: Subject<Machine>): readonly Segment[] {
  return [
    { text: row.instance, role: 'heading' },
    { text: `   ${row.deployment ?? ''}   `, role: 'dim' },
    gone
      ? { text: 'it is gone; this is what was last known', role: 'problem' }
      : { text: row.ready ? `${row.state}, ready` : row.state, role: healthRoles[row.health] },
  ];
}
