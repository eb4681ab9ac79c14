import { converge } from '../../vm/converge.ts';
import { deleteVm } from '../../vm/delete.ts';
import { rebootVm } from '../../vm/reboot.ts';
import { diskRights, removalRights } from '../cpi-rights.ts';
import { awaitTask, isNamed, requireQuiet } from '../director.ts';
import { type Planned, RefusedError } from '../model.ts';
import { type Draft, prepare } from '../perform.ts';
import { rights } from '../rights.ts';
import type { ActionSite } from '../site.ts';
import type { ActionSubject } from '../subject.ts';
import { shortName } from '../told.ts';
import { instanceOfVm, readVm, type VmState } from './state.ts';

/** Restarts a VM in place, by the CPI's reboot_vm. @throws RefusedError */
export function planRebootVm(site: ActionSite, subject: ActionSubject): Promise<Planned> {
  return prepare(site, async () => {
    const state = await readVm(site, subject);
    const { vm, label } = state;
    requireLiving(state);
    return {
      ...common(site, state, 'reboot-vm', 'MachineRebooted'),
      plan: {
        title: `Reboot ${label}`,
        through: 'kubernetes',
        interrupts: `${label}: all of its jobs restart; its address, disks and /var/vcap stay`,
        loses: undefined,
        confirm: label,
        undo: undefined,
      },
      steps: [
        {
          verb: 'CPI',
          object: `reboot_vm ${vm}`,
          what: 'ends its container, which the kubelet starts again in the same pod; returns when its agent is up',
          async act(session) {
            await rebootVm(session, vm);
            return 'its agent is up';
          },
        },
      ],
    };
  });
}

/**
 * Finishes what a call has begun with a VM and another has not: its pod becomes what its record asks for, or all of it goes where it was being deleted.
 * @throws RefusedError
 */
export function planFinishVm(site: ActionSite, subject: ActionSubject): Promise<Planned> {
  return prepare(site, async () => {
    const state = await readVm(site, subject);
    const { vm, label, record } = state;
    if (record === undefined) {
      throw new RefusedError(
        `VM ${vm} has no record, so nothing says what it should be`,
        'Recreate its instance instead',
      );
    }
    if (record.record.phase === 'deleting')
      return await removalDraft(site, state, 'finish-vm', 'goes on with its deletion');
    return {
      ...common(site, state, 'finish-vm', 'MachineFinished'),
      plan: {
        title: `Finish ${label}`,
        through: 'kubernetes',
        interrupts:
          state.pod === undefined ? undefined : `${label}: a pod that is not what its record asks for is made anew`,
        loses: undefined,
        confirm: state.pod === undefined ? undefined : label,
        undo: undefined,
      },
      steps: [
        {
          verb: 'CPI',
          object: vm,
          what: `makes its pod what its record asks for (${record.record.phase}, generation ${record.record.generation}), with its disks, and waits for its agent`,
          async act(session) {
            await converge(session, vm);
            return 'its agent is up';
          },
        },
      ],
    };
  });
}

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

async function removalDraft(site: ActionSite, state: VmState, action: string, what: string): Promise<Draft> {
  const { vm, label, namespace, record } = state;
  const { director } = site;
  const orphans = director === undefined ? [] : await director.orphanVms();
  const orphan = orphans.find(({ cid }) => isNamed(cid, vm));
  if (orphan !== undefined && director !== undefined) await requireQuiet(director, orphan.deployment);
  const disks = (record?.record.disks ?? []).map(({ claim }) => claim);
  return {
    ...common(site, state, action, 'MachineDeleted'),
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

/** @throws RefusedError for a VM on its way out */
function requireLiving({ record, vm }: VmState): void {
  if (record !== undefined && record.record.phase !== 'deleting') return;
  const what = record === undefined ? 'has no record' : 'is being deleted';
  throw new RefusedError(
    `VM ${vm} ${what}`,
    record === undefined ? 'Recreate its instance instead' : 'Finish that instead',
  );
}

/** What actions on a VM have in common: done is what is up and as its record says. */
function common(
  site: ActionSite,
  { about, namespace, vm, label }: VmState,
  action: string,
  event: string,
): Pick<Draft, 'action' | 'about' | 'event' | 'needs' | 'prove'> {
  return {
    action,
    about,
    event,
    needs: [...diskRights(namespace), ...rights(namespace, { pods: 'get' })],
    async prove() {
      const { pod, record } = await readVm(site, { namespace, name: vm });
      const ready = pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
      const phase = record?.record.phase;
      return {
        done: ready && phase === 'running',
        proof: [
          `${label} is ${ready ? 'up, its agent too' : 'not up'}`,
          `Its record says ${phase ?? 'nothing: there is none'}`,
        ],
      };
    },
  };
}
