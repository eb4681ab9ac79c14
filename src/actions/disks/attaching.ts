import { attachDisk } from '../../disk/attach/attach.ts';
import { readRecord } from '../../vm/record.ts';
import type { Step } from '../draft.ts';
import { RefusedError } from '../model.ts';
import { type ActionSite, sessionOf } from '../site.ts';
import type { Machine } from '../target.ts';
import { mountStep } from './mount.ts';
import type { DiskState } from './state.ts';

/** The steps that are left for the CPI's own code to give a VM a disk. @throws RefusedError where its record does not let it */
export async function attaching(
  site: ActionSite,
  { about: { name, namespace }, holder, mark }: DiskState,
  machine: Machine & { readonly vm: string },
): Promise<{ readonly steps: readonly Step[]; readonly interrupts: string | undefined }> {
  const { vm, label } = machine;
  const stored = await readRecord(sessionOf(site, namespace), vm);
  if (stored === undefined || stored.record.phase === 'deleting') {
    const what = stored === undefined ? 'has no record' : 'is being deleted';
    throw new RefusedError(
      `VM ${vm} ${what}, so it cannot get a disk`,
      'Recreate the instance (bosh recreate), then again',
    );
  }
  const { disks, attach } = stored.record;
  const has = disks.some(({ claim }) => claim === name) && holder !== undefined;
  // a mark that is left says that an earlier try did not come to its end
  if (has && mark === undefined) return { steps: [], interrupts: undefined };
  const beside = attach === 'hotplug';
  const step: Step = {
    verb: 'CPI',
    object: `attach_disk ${vm} ${name}`,
    what: beside ? `to /mnt/${name}, ${label} keeps running` : `makes ${label} anew with it, at /mnt/${name}`,
    act: async (session) => await attachDisk(session, vm, { cid: name, claim: name }),
  };
  return {
    steps: [step, mountStep(stored, machine, name)],
    interrupts: beside || has ? undefined : `${label} is made anew with the disk: all of its jobs restart`,
  };
}
