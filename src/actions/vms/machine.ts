import { converge } from '../../vm/converge.ts';
import { rebootVm } from '../../vm/reboot.ts';
import { diskRights } from '../cpi-rights.ts';
import type { Draft } from '../draft.ts';
import { type Planned, RefusedError } from '../model.ts';
import { prepare } from '../perform.ts';
import { rights } from '../rights.ts';
import type { ActionSite } from '../site.ts';
import type { ActionSubject } from '../subject.ts';
import { removalDraft } from './delete.ts';
import { heardAgain, heardStep } from './heard.ts';
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
        ...(await heardAgain(site, state, state.told.deployment ?? subject.deployment)),
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
    const instance = await instanceOfVm(site, vm, state.told.deployment ?? subject.deployment);
    const isWanted = instance?.scan?.state === 'started';
    if (record.record.phase === 'deleting')
      return await removalDraft(site, state, 'finish-vm', 'goes on with its deletion');
    return {
      ...common(site, state, 'finish-vm', 'MachineFinished'),
      plan: {
        title: `Finish ${label}`,
        through: 'kubernetes',
        interrupts:
          state.pod === undefined ? undefined : `${label}: a pod that is not what its record asks for is made anew`,
        loses: `/var/vcap/data of ${label}, with the pod that is gone or goes: its jobs come back only as far as its Director sends them again`,
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
        ...(isWanted ? [heardStep(site, state, instance.deployment, 'running')] : []),
      ],
    };
  });
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
