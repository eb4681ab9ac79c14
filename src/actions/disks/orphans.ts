import { diskIdLabel, orphanedLabel } from '../../bosh/labels.ts';
import { markRights } from '../cpi-rights.ts';
import { type Planned, RefusedError } from '../model.ts';
import { prepare } from '../perform.ts';
import type { ActionSite } from '../site.ts';
import { shortName } from '../told.ts';
import { directorKnows } from './by-director.ts';
import { type Mark, markOf, protectSteps } from './mark.ts';
import type { Claim } from './objects.ts';
import { holderSentence } from './orphan.ts';
import { type DiskRef, readDisk, sizeOf } from './state.ts';

/** A disk that was set aside, as its claim tells. */
export interface Orphan extends Mark {
  readonly name: string;
  readonly size: string;
}

/** The disks of a namespace that operators have set aside on Kubernetes; those of a Director are in its own list. */
export async function listOrphans(
  { cluster }: Pick<ActionSite, 'cluster'>,
  namespace: string,
): Promise<readonly Orphan[]> {
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  const query = { labelSelector: `${diskIdLabel},${orphanedLabel}` };
  const { items } = await cluster.json<{ items: readonly Claim[] }>({ method: 'GET', path, query });
  return items.flatMap((claim) => {
    const mark = markOf(claim);
    return mark === undefined ? [] : [{ ...mark, name: claim.metadata.name, size: sizeOf(claim) }];
  });
}

/** Sets a disk aside that no machine has and no Director knows, so that it is kept until somebody decides. @throws RefusedError */
export function planAdoptOrphan(site: ActionSite, ref: DiskRef): Promise<Planned> {
  return prepare(site, async () => {
    const disk = await readDisk(site, ref);
    const { about, holder } = disk;
    if (holder !== undefined) {
      throw new RefusedError(holderSentence(disk), `kubernetes-cpi orphan ${about.name} takes it away there`);
    }
    const known = await directorKnows(site.director, about.name, disk.told);
    if (known !== undefined) {
      throw new RefusedError(
        `${known}, so it is no disk without an owner`,
        `kubernetes-cpi orphan ${about.name} acts through it`,
      );
    }
    return {
      action: 'adopt-orphan',
      about,
      event: 'DiskAdopted',
      plan: {
        title: `Adopt ${shortName(about.name)} (${disk.size}) as an orphan`,
        through: 'kubernetes',
        interrupts: undefined,
        loses: undefined,
        confirm: undefined,
        undo: undefined,
      },
      steps: protectSteps(site, disk),
      needs: markRights(about.namespace),
      async prove() {
        const { mark, volume } = await readDisk(site, about);
        const policy = volume?.spec?.persistentVolumeReclaimPolicy;
        return {
          done: mark !== undefined && (volume === undefined || policy === 'Retain'),
          proof: [
            mark === undefined ? 'It is not marked' : `It is marked as an orphan since ${mark.since}`,
            `Its volume's reclaim policy is ${policy ?? 'nothing: it has no volume'}`,
          ],
        };
      },
    };
  });
}
