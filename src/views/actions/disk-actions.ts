import type { Planned } from '../../actions/model.ts';
import type { ActionSite } from '../../actions/site.ts';
import type { Disk } from '../../inventory/model.ts';
import { beginAction } from '../../tui/action.ts';
import type { Command } from '../../tui/command.ts';
import { ask } from '../../tui/mode.ts';
import { type Shell, sessionOf } from '../../tui/shell.ts';
import { diskOf } from '../details/disk-commands.ts';
import { machinesToHave } from './machines-to-have.ts';
import { needsBosh, siteOf } from './site.ts';
import { words } from './words.ts';

/** What changes a disk, or who has it. None has a key of its own: it is chosen from the menu or typed, and then has a plan. */
export const diskActions: readonly Command[] = [
  {
    ...words('disk', 'orphan', 'Orphan it: no machine has it, its data is kept'),
    refused: needsDisk,
    run: (shell) =>
      begin(shell, 'Orphan', async (site, disk) =>
        (await import('../../actions/disks/orphan.ts')).planOrphanDisk(site, disk),
      ),
  },
  {
    ...words('disk', 'reattach', 'Reattach it to a machine'),
    argument: { name: 'MACHINE', values: () => [] },
    refused: needsDisk,
    run: reattach,
  },
  {
    ...words('disk', 'adopt', 'Adopt it as an orphan: nobody knows it, and it is kept'),
    refused: (shell) => needsDisk(shell) ?? needsNobody(shell),
    run: (shell) =>
      begin(shell, 'Adopt', async (site, disk) =>
        (await import('../../actions/disks/orphans.ts')).planAdoptOrphan(site, disk),
      ),
  },
  {
    ...words('disk', 'delete', 'Delete it with its data, for good'),
    refused: (shell) => needsDisk(shell) ?? needsNobody(shell),
    run: remove,
  },
];

function needsDisk(shell: Shell): string | undefined {
  if (sessionOf(shell.store.getState()) === undefined) return 'there is no cluster yet';
  return diskOf(shell) === undefined ? 'no disk is selected' : needsBosh(shell);
}

function needsNobody(shell: Shell): string | undefined {
  const machine = diskOf(shell)?.machine;
  return machine === undefined ? undefined : `${machine} has it`;
}

type Plan = (site: ActionSite, disk: Disk) => Promise<Planned>;

async function begin(shell: Shell, what: string, plan: Plan, disk: Disk | undefined = diskOf(shell)): Promise<void> {
  if (disk === undefined) return;
  await beginAction(shell, { title: `${what} ${disk.name}`, plan: async () => plan(siteOf(shell), disk) });
}

/** @param to as typed; empty: the operator chooses */
function reattach(shell: Shell, to: string): void | Promise<void> {
  const disk = diskOf(shell);
  if (disk === undefined) return;
  const plan = (machine: string) =>
    begin(
      shell,
      'Reattach',
      async (site, one) => (await import('../../actions/disks/reattach.ts')).planReattachDisk(site, one, machine),
      disk,
    );
  if (to !== '') return plan(to);
  const choices = machinesToHave(shell.store.getState(), disk).map(({ name, hint }) => ({
    label: name,
    hint,
    run: () => void plan(name),
  }));
  ask(shell, `Which machine is to have ${disk.name}`, choices);
}

function remove(shell: Shell): void {
  const disk = diskOf(shell);
  if (disk === undefined) return;
  const choice = (label: string, snapshot: boolean) => ({
    label,
    hint: '',
    run: () =>
      void begin(
        shell,
        'Delete',
        async (site, one) => (await import('../../actions/disks/delete.ts')).planDeleteOrphan(site, one, { snapshot }),
        disk,
      ),
  });
  ask(shell, `Delete ${disk.name}`, [
    choice('With a snapshot before, which stays', true),
    choice('Without a snapshot', false),
  ]);
}
