import { deleteDisk } from '../../disk/delete.ts';
import { snapshotDisk } from '../../disk/snapshot.ts';
import { markRights } from '../cpi-rights.ts';
import { awaitTask } from '../director.ts';
import type { Draft, Step } from '../draft.ts';
import { type Planned, RefusedError } from '../model.ts';
import { prepare } from '../perform.ts';
import { readObject } from '../read.ts';
import { rights } from '../rights.ts';
import type { ActionSite } from '../site.ts';
import { shortName } from '../told.ts';
import { readDirectorDisk } from './by-director.ts';
import { restoreSteps } from './mark.ts';
import { claimPath, volumePath } from './objects.ts';
import { holderSentence } from './orphan.ts';
import { type DiskRef, type DiskState, readDisk } from './state.ts';

export interface DeleteOptions {
  /** Cut a snapshot before, which stays. */
  readonly snapshot?: boolean;
}

/**
 * Deletes a disk that no machine has, with its data: an orphan, for good. Through the Director where that lists it among its orphans.
 * @throws RefusedError for one that is in use, that an instance has, or that nobody has made an orphan
 */
export function planDeleteOrphan(site: ActionSite, disk: DiskRef, options: DeleteOptions = {}): Promise<Planned> {
  return prepare(site, () => draftDeletion(site, disk, options, 'orphan'));
}

/** The same for a claim that neither a Director nor an operator knows. @throws RefusedError */
export function planDeleteClaim(site: ActionSite, disk: DiskRef, options: DeleteOptions = {}): Promise<Planned> {
  return prepare(site, () => draftDeletion(site, disk, options, 'unknown'));
}

async function draftDeletion(
  site: ActionSite,
  ref: DiskRef,
  { snapshot }: DeleteOptions,
  kind: 'orphan' | 'unknown',
): Promise<Draft> {
  const disk = await readDisk(site, ref);
  const { about, claim, volume, mark, holder } = disk;
  const { name, namespace } = about;
  if (holder !== undefined) {
    throw new RefusedError(holderSentence(disk), `kubernetes-cpi orphan ${name} takes it away there first`);
  }
  const theirs = await directorsOrphan(site, disk);
  if (kind === 'orphan' && mark === undefined && theirs === undefined) {
    throw new RefusedError(
      `Disk ${name} is no orphan: neither the Director nor an operator has set it aside`,
      `kubernetes-cpi orphan ${name} first`,
    );
  }
  const volumeName = volume?.metadata.name;
  const after = mark?.reclaim ?? volume?.spec?.persistentVolumeReclaimPolicy;
  const stays = after === 'Retain' && volumeName !== undefined;
  const cut: readonly Step[] = snapshot === true ? [snapshotStep(name)] : [];
  return {
    action: kind === 'orphan' ? 'delete-orphan' : 'delete-claim',
    about,
    event: 'DiskDeleted',
    plan: {
      title: `Delete ${shortName(name)} (${disk.size}) for good`,
      through: theirs === undefined ? 'kubernetes' : 'director',
      interrupts: undefined,
      loses: stays
        ? `The disk; its data stays on volume ${volumeName}, whose reclaim policy is Retain, until somebody deletes that`
        : `All data on it (${disk.size})${snapshot ? ' but what the snapshot has' : ''}`,
      confirm: name,
      undo: undefined,
    },
    steps: [
      { verb: 'check', object: name, what: 'no machine, and no other pod, has it' },
      ...cut,
      ...restoreSteps(disk),
      theirs === undefined
        ? {
            verb: 'CPI',
            object: `delete_disk ${name}`,
            what: 'the claim goes, its volume as the reclaim policy says',
            async act(session) {
              const now = await readObject(session.cluster, claimPath(namespace, name));
              if (now !== undefined && now.metadata.uid !== claim.metadata.uid)
                throw new Error(`${name} is another one`);
              await deleteDisk(session, name);
              return undefined;
            },
          }
        : {
            verb: 'DELETE',
            object: `/disks/${theirs.cid}`,
            what: 'the Director has the CPI delete it, and forgets it',
            act: async (_session, note) =>
              await awaitTask(theirs.director, await theirs.director.deleteDisk(theirs.cid), note),
          },
    ],
    needs: [
      ...markRights(namespace),
      ...rights(namespace, { persistentvolumeclaims: 'list watch delete' }),
      ...(snapshot
        ? rights(namespace, { 'volumesnapshots.snapshot.storage.k8s.io': 'list watch create patch delete' })
        : []),
    ],
    async prove() {
      const [left, data] = await Promise.all([
        readObject(site.cluster, claimPath(namespace, name)),
        volumeName === undefined ? undefined : readObject(site.cluster, volumePath(volumeName)),
      ]);
      const gone = left?.metadata.uid !== claim.metadata.uid;
      const rest = data === undefined ? [] : [`Its volume ${volumeName} is ${stays ? 'kept' : 'on its way out'}`];
      return { done: gone, proof: [gone ? `Disk ${name} is gone` : `Disk ${name} is still there`, ...rest] };
    },
  };
}

/** The disk among the Director's orphans; undefined where it is not. @throws RefusedError when one of its instances has it */
async function directorsOrphan({ director }: ActionSite, { about: { name }, told }: DiskState) {
  if (director === undefined) return undefined;
  const own = told.director === undefined || told.director === (await director.info()).name;
  if (!own) return undefined;
  const found = await readDirectorDisk(director, name, told);
  if (found.owner !== undefined) {
    throw new RefusedError(
      `The Director has disk ${name} as the disk of ${found.owner.group}/${found.owner.index}`,
      `kubernetes-cpi orphan ${name} first`,
    );
  }
  return found.orphaned ? found : undefined;
}

function snapshotStep(name: string): Step {
  return {
    verb: 'POST',
    object: 'volumesnapshots',
    what: 'cuts a snapshot of it, which stays',
    act: async (session) => await snapshotDisk(session, name, { reason: 'before its deletion by an operator' }),
  };
}
