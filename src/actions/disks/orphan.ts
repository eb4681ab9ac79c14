import { detachDisk } from '../../disk/attach/attach.ts';
import { releaseInMachine } from '../../disk/attach/hotplug.ts';
import { diskRights, markRights } from '../cpi-rights.ts';
import { awaitTask, labelOf, requireQuiet } from '../director.ts';
import type { Draft, Step } from '../draft.ts';
import { type Planned, RefusedError, type Through } from '../model.ts';
import { prepare } from '../perform.ts';
import type { ActionSite } from '../site.ts';
import { shortName } from '../told.ts';
import { readDirectorDisk, requireStopped } from './by-director.ts';
import { protectSteps } from './mark.ts';
import { type DiskRef, type DiskState, type Holder, readDisk } from './state.ts';

export interface DiskOptions {
  /** The Director, where there is one, unless said otherwise. */
  readonly through?: Through | undefined;
}

/**
 * Takes a disk away from its machine and keeps it.
 *
 * Through a Director: its orphan-disk, which changes its database alone, and then the detaching that it leaves out. On Kubernetes alone: the disk is detached by
 * the CPI's own code, marked, and its volume's data kept whatever becomes of the claim.
 *
 * @throws RefusedError
 */
export function planOrphanDisk(site: ActionSite, disk: DiskRef, options: DiskOptions = {}): Promise<Planned> {
  const through = options.through ?? (site.director === undefined ? 'kubernetes' : 'director');
  return prepare(site, async () => {
    const state = await readDisk(site, disk);
    return through === 'director' ? await draftByDirector(site, state) : await draftByKubernetes(site, state);
  });
}

async function draftByDirector(site: ActionSite, disk: DiskState): Promise<Draft> {
  const { name, namespace } = disk.about;
  const { director, directorName, cid, orphaned, owner } = await readDirectorDisk(site.director, name, disk.told);
  if (!orphaned && owner === undefined) {
    throw new RefusedError(
      `Director ${directorName} does not know disk ${name}`,
      `kubernetes-cpi orphan ${name} --through kubernetes sets it aside without it`,
    );
  }
  if (owner !== undefined) requireStopped(owner);
  const orphan: Step = {
    verb: 'DELETE',
    object: `/disks/${cid}?orphan=true`,
    what: `the Director keeps it as an orphan, no longer as the disk of ${owner && labelOf(owner)}`,
    act: async (_session, note) => await awaitTask(director, await director.orphanDisk(cid), note),
  };
  const stopped: Step = {
    verb: 'check',
    object: owner === undefined ? name : labelOf(owner),
    what: `${owner?.scan?.state}; no lock, no task on ${owner?.deployment}`,
  };
  const steps = [...(orphaned ? [] : [stopped, orphan]), ...detachSteps(disk)];
  return {
    action: 'orphan-disk',
    about: disk.about,
    event: 'DiskOrphaned',
    plan: {
      title: titleOf(disk, owner && labelOf(owner)),
      through: 'director',
      // of an instance that has it no more, the Director does not know whether it is stopped
      interrupts: orphaned && disk.holder !== undefined ? interruption(disk.holder) : undefined,
      loses: 'Nothing now: the Director deletes orphans five days later, or as its max_orphaned_age_in_days says',
      confirm: steps.length === 0 ? undefined : ((owner && labelOf(owner)) ?? disk.holder?.label ?? name),
      undo: undoOf(disk, owner && labelOf(owner)),
    },
    steps,
    needs: disk.holder === undefined ? [] : diskRights(namespace),
    async prove() {
      const [now, after] = await Promise.all([readDisk(site, disk.about), readDirectorDisk(director, name, disk.told)]);
      const told = after.orphaned
        ? `Director ${directorName} lists it among its orphans`
        : `Director ${directorName} does not list it among its orphans`;
      return { done: after.orphaned && now.holder === undefined, proof: [told, holderSentence(now)] };
    },
  };
}

async function draftByKubernetes(site: ActionSite, disk: DiskState): Promise<Draft> {
  const { namespace } = disk.about;
  const { deployment } = disk.told;
  if (site.director !== undefined && deployment !== undefined) await requireQuiet(site.director, deployment);
  const { holder } = disk;
  const unmount: readonly Step[] = holder?.runs ? [unmountStep(disk, holder)] : [];
  // unmounting comes first: it is what can be refused, and then nothing else has changed
  const steps = [...unmount, ...protectSteps(site, disk), ...detachSteps(disk)];
  return {
    action: 'orphan-disk',
    about: disk.about,
    event: 'DiskOrphaned',
    plan: {
      title: titleOf(disk, holder?.label),
      through: 'kubernetes',
      interrupts: holder && interruption(holder),
      loses: undefined,
      confirm: holder?.label,
      undo: undoOf(disk, holder?.label),
    },
    steps,
    needs: [...markRights(namespace), ...(holder === undefined ? [] : diskRights(namespace))],
    async prove() {
      const now = await readDisk(site, disk.about);
      const policy = now.volume?.spec?.persistentVolumeReclaimPolicy;
      const kept = now.volume === undefined || policy === 'Retain';
      const proof = [
        now.mark === undefined ? 'It is not marked as an orphan' : `It is marked as an orphan since ${now.mark.since}`,
        now.volume === undefined
          ? 'It has no volume yet, so no data'
          : `Its volume ${now.volume.metadata.name} has the reclaim policy ${policy}`,
        holderSentence(now),
      ];
      return { done: now.mark !== undefined && kept && now.holder === undefined, proof };
    },
  };
}

function unmountStep({ about }: DiskState, { vm, label }: Holder): Step {
  return {
    verb: 'agent',
    object: label,
    what: 'unmounts it in the machine; where a process uses it, says which, and nothing has changed',
    async act(session) {
      try {
        await releaseInMachine(session, vm, { cid: about.name, claim: about.name });
      } catch (error) {
        throw new RefusedError((error as Error).message, `Stop what uses it (in ${label}: monit stop all), then again`);
      }
      return 'nobody uses it';
    },
  };
}

function detachSteps({ holder, about }: DiskState): readonly Step[] {
  if (holder === undefined) return [];
  const { vm, label, beside } = holder;
  return [
    {
      verb: 'CPI',
      object: `detach_disk ${vm} ${about.name}`,
      what: beside ? `takes it from ${label}, whose pod stays` : `makes ${label} anew without it`,
      async act(session) {
        await detachDisk(session, vm, { cid: about.name, claim: about.name });
        return undefined;
      },
    },
    { verb: 'check', object: about.name, what: 'no machine has it' },
  ];
}

function interruption({ label, beside }: Holder): string {
  return beside
    ? `${label} loses /var/vcap/store while it runs: its jobs must be able to do without, or be stopped`
    : `${label} is made anew without the disk: all of its jobs restart`;
}

function titleOf({ about, size }: DiskState, from: string | undefined): string {
  return `Orphan ${shortName(about.name)} (${size})${from === undefined ? '' : ` of ${from}`}`;
}

function undoOf({ about }: DiskState, to: string | undefined): string | undefined {
  return to === undefined ? undefined : `kubernetes-cpi reattach ${about.name} ${to}`;
}

/** Who has a disk now. */
export function holderSentence({ holder }: DiskState): string {
  return holder === undefined ? 'No machine has it' : `${holder.label} has it (VM ${holder.vm})`;
}
