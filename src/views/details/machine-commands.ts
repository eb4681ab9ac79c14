import { agentContainer } from '../../bosh/labels.ts';
import type { Machine } from '../../inventory/model.ts';
import type { Command } from '../../tui/command.ts';
import { open } from '../../tui/history.ts';
import { selectedRow } from '../../tui/rows.ts';
import { type Shell, say, sessionOf, viewOf } from '../../tui/shell.ts';
import { needsFinding, openFinding } from '../drift/open-finding.ts';
import { pageObject } from './page-object.ts';
import { subjectOf } from './subject.ts';
import { openTab } from './tabs.tsx';

/** What can be done with a machine, in the list and in its details. */
export const machineCommands: readonly Command[] = [
  {
    id: 'machine.logs',
    title: 'Its log, followed',
    group: 'This view',
    keys: ['l'],
    hint: 'logs',
    words: ['logs'],
    onRow: true,
    refused: (shell) => needsPod(shell),
    run: (shell) => openPage(shell, 'logs'),
  },
  {
    id: 'machine.previous-log',
    title: 'The log of its life before the last restart',
    group: 'This view',
    keys: ['p'],
    onRow: true,
    refused: (shell) => needsPod(shell) ?? (machineOf(shell)?.restarts === 0 ? 'it has not been restarted' : undefined),
    run: (shell) => openPage(shell, 'previous'),
  },
  {
    id: 'machine.agent-log',
    title: "The agent's log, followed",
    group: 'This view',
    keys: ['L'],
    hint: 'agent log',
    words: ['agent'],
    onRow: true,
    refused: needsRunning,
    run: (shell) => openPage(shell, 'agent'),
  },
  {
    id: 'machine.shell',
    title: 'A shell in it',
    group: 'This view',
    keys: ['s'],
    hint: 'shell',
    words: ['shell', 'ssh'],
    onRow: true,
    writes: true,
    refused: needsRunning,
    run: openShell,
  },
  {
    id: 'machine.yaml',
    title: 'Its YAML in the pager',
    group: 'This view',
    keys: ['v'],
    hint: 'yaml',
    words: ['yaml'],
    onRow: true,
    refused: (shell) => needsPod(shell),
    run: pageYaml,
  },
  {
    id: 'machine.drift',
    title: 'What BOSH and Kubernetes differ in about it',
    group: 'This view',
    keys: ['d'],
    hint: 'drift',
    onRow: true,
    refused: (shell) => needsFinding(shell, machineOf(shell)),
    run: (shell) => openFinding(shell, machineOf(shell)),
  },
];

/** The machine selected in the list, or the one whose details are shown. */
export function machineOf(shell: Shell): Machine | undefined {
  return viewOf(shell).name === 'vm' ? subjectOf(shell, 'machines')?.row : selectedRow(shell, 'machines');
}

function needsPod(shell: Shell): string | undefined {
  const row = machineOf(shell);
  if (row === undefined) return 'no machine is selected';
  return row.state === 'No pod' ? 'it has no pod now' : undefined;
}

function needsRunning(shell: Shell): string | undefined {
  const refused = needsPod(shell);
  if (refused !== undefined) return refused;
  const { state, node } = machineOf(shell) ?? {};
  const runs = node !== undefined && (state === 'Running' || state === 'NotReady' || state === 'Terminating');
  return runs ? undefined : `no container of it runs: ${state}`;
}

function openPage(shell: Shell, tab: 'logs' | 'previous' | 'agent'): void {
  const row = machineOf(shell);
  if (row === undefined) return;
  if (viewOf(shell).name !== 'vm') open(shell, { view: 'vm', uid: row.uid });
  openTab(shell, tab);
}

async function openShell(shell: Shell): Promise<void> {
  const row = machineOf(shell);
  const session = sessionOf(shell.store.getState());
  if (row === undefined || session === undefined) return;
  const { runShell } = await import('../../tui/machine-io/machine-shell.ts');
  const place = { namespace: row.namespace, pod: row.name, container: agentContainer };
  let ended: string | undefined;
  await shell.terminal.lend(async () => {
    process.stdout.write(`shell in ${row.instance} (${row.namespace}/${row.name}); exit or ctrl-d comes back\r\n`);
    const { stdin, stdout, env } = process;
    ended = `the shell in ${row.instance} ended with ${await runShell(session.cluster, place, { stdin, stdout, kind: env.TERM })}`;
  });
  if (ended !== undefined) say(shell, ended);
}

async function pageYaml(shell: Shell): Promise<void> {
  const row = machineOf(shell);
  if (row !== undefined) await pageObject(shell, `/api/v1/namespaces/${row.namespace}/pods/${row.name}`);
}
