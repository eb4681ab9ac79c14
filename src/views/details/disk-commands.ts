import type { Disk } from '../../inventory/model.ts';
import type { Command } from '../../tui/command.ts';
import { open } from '../../tui/history.ts';
import { selectedRow } from '../../tui/rows.ts';
import { type Shell, viewOf } from '../../tui/shell.ts';
import { needsFinding, openFinding } from '../drift/open-finding.ts';
import { pageObject } from './page-object.ts';
import { subjectOf } from './subject.ts';

/** What can be done with a disk, in the list and in its details. */
export const diskCommands: readonly Command[] = [
  {
    id: 'disk.machine',
    title: 'The machine that has it',
    group: 'This view',
    keys: ['m'],
    hint: 'its machine',
    onRow: true,
    refused: (shell) => needsDisk(shell) ?? (diskOf(shell)?.machineUid === undefined ? 'no machine has it' : undefined),
    run(shell) {
      const uid = diskOf(shell)?.machineUid;
      if (uid !== undefined) open(shell, { view: 'vm', uid });
    },
  },
  {
    id: 'disk.yaml',
    title: 'Its YAML in the pager',
    group: 'This view',
    keys: ['v'],
    hint: 'yaml',
    words: ['yaml'],
    onRow: true,
    refused: needsDisk,
    async run(shell) {
      const row = diskOf(shell);
      if (row === undefined) return;
      await pageObject(shell, `/api/v1/namespaces/${row.namespace}/persistentvolumeclaims/${row.name}`);
    },
  },
  {
    id: 'disk.drift',
    title: 'What BOSH and Kubernetes differ in about it',
    group: 'This view',
    keys: ['d'],
    hint: 'drift',
    onRow: true,
    refused: (shell) => needsFinding(shell, diskOf(shell)),
    run: (shell) => openFinding(shell, diskOf(shell)),
  },
];

/** The disk selected in the list, or the one whose details are shown. */
export function diskOf(shell: Shell): Disk | undefined {
  return viewOf(shell).name === 'disk' ? subjectOf(shell, 'disks')?.row : selectedRow(shell, 'disks');
}

function needsDisk(shell: Shell): string | undefined {
  return diskOf(shell) === undefined ? 'no disk is selected' : undefined;
}
