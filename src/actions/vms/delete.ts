import { deleteVm } from '../../vm/delete.ts';
import { removalRights } from '../cpi-rights.ts';
import { awaitTask, isNamed, requireQuiet } from '../director.ts';
import type { Draft } from '../draft.ts';
import { type Planned, RefusedError } from '../model.ts';
import { prepare } from '../perform.ts';
import type { ActionSite } from '../site.ts';
import type { ActionSubject } from '../subject.ts';
import { shortName } from '../told.ts';
import { instanceOfVm, readVm, type VmState } from './state.ts';

/** Deletes a VM that nobody knows, and all that belongs to it but its persistent disks. @throws RefusedError */
export function planDeleteVm(site: ActionSite, subject: ActionSubject): Promise<Planned> {
  return prepare(site, async () => {
    const state = await readVm(site, subject);
    const { vm, label } = state;
    const instance = await instanceOfVm(site, vm, state.told.deployment ?? subject.deployment);
    if (instance !== undefined) {
      throw new RefusedError(
        `The Director has VM ${vm} as ${label}'s`,
        `bosh -d ${instance.deployment} recreate ${label}, or stop it with --hard`,
      );
    }
    return await removalDraft(site, state, 'delete-vm', 'its pod, record and Services; its persistent disks stay');
  });
}

/** The deletion of a VM, by the Director where it is one of its orphans. */
export async function removalDraft(site: ActionSite, state: VmState, action: string, what: string): Promise<Draft> {
  const { vm, label, namespace, record } = state;
  const { director } = site;
  const orphans = director === undefined ? [] : await director.orphanVms();
  const orphan = orphans.find(({ cid }) => isNamed(cid, vm));
  if (orphan !== undefined && director !== undefined) await requireQuiet(director, orphan.deployment);
  const disks = (record?.record.disks ?? []).map(({ claim }) => claim);
  return {
    action,
    about: state.about,
    event: 'MachineDeleted',
    plan: {
      title: `Delete VM ${shortName(vm)}${label === vm ? '' : ` (${label})`}`,
      through: orphan === undefined ? 'kubernetes' : 'director',
      interrupts: state.pod === undefined ? undefined : `${label}: all that runs in it ends`,
      loses: `What is on its ephemeral disk${disks.length === 0 ? '' : `; its disks stay: ${disks.join(', ')}`}`,
      confirm: vm,
      undo: undefined,
    },
    needs: removalRights(namespace),
    steps: [
      orphan === undefined || director === undefined
        ? {
            verb: 'CPI',
            object: `delete_vm ${vm}`,
            what,
            async act(session) {
              // this very record's VM: one made anew under the name stays
              await deleteVm(session, vm, record?.uid);
              return undefined;
            },
          }
        : {
            verb: 'DELETE',
            object: `/vms/${orphan.cid}`,
            what: 'the Director has the CPI delete it, and forgets it',
            act: async (_session, note) => await awaitTask(director, await director.deleteVm(orphan.cid), note),
          },
    ],
    async prove() {
      const now = await readVm(site, { namespace, name: vm }).catch((error: unknown) => {
        if (error instanceof RefusedError) return undefined;
        throw error;
      });
      return { done: now === undefined, proof: [now === undefined ? `VM ${vm} is gone` : `VM ${vm} is still there`] };
    },
  };
}
