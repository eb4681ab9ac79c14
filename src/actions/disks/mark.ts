import { orphanedLabel } from '../../bosh/labels.ts';
import type { Step } from '../draft.ts';
import { type Kubernetes, patchObject } from '../read.ts';
import type { ActionSite } from '../site.ts';
import { type Claim, claimPath, type Volume, volumePath } from './objects.ts';
import type { DiskState } from './state.ts';

/** What is remembered of a disk that was set aside: JSON, in the annotation of the label's name. */
export interface Mark {
  /** RFC 3339. */
  readonly since: string;
  readonly by: string;
  /** The VM that had it. */
  readonly from?: string;
  /** `group/index` of that VM. */
  readonly instance?: string;
  /** What becomes of the volume's data with the claim, when the disk is not set aside. */
  readonly reclaim?: string;
}

/** The mark of a claim, or undefined. A label without a legible annotation is a mark too: who set it does not count. */
export function markOf({ metadata: { labels, annotations, name } }: Kubernetes): Mark | undefined {
  if (labels?.[orphanedLabel] === undefined) return undefined;
  try {
    return { since: 'an unknown time', by: 'somebody', ...JSON.parse(annotations?.[orphanedLabel] ?? '{}') };
  } catch {
    return { since: 'an unknown time', by: `somebody who broke the annotation of ${name}` };
  }
}

/**
 * The steps that are left to set a disk aside: its mark first, which remembers the reclaim policy that the second takes away.
 *
 * With `Retain` Kubernetes keeps the volume and its data when the claim is deleted, by whomever.
 */
export function protectSteps(site: ActionSite, disk: DiskState): readonly Step[] {
  const { claim, volume, holder, mark } = disk;
  const policy = volume?.spec?.persistentVolumeReclaimPolicy;
  const isKept = volume === undefined || policy === 'Retain';
  return [...(mark === undefined ? [markStep(site, disk)] : []), ...(isKept ? [] : [keepStep(volume)])];

  function markStep({ operator }: ActionSite, { about }: DiskState): Step {
    return {
      verb: 'PATCH',
      object: `persistentvolumeclaims/${about.name}`,
      what: 'marks it as an orphan, and notes whose it was',
      async act({ cluster }) {
        const written: Mark = {
          since: new Date().toISOString(),
          by: operator,
          ...(holder !== undefined && { from: holder.vm, instance: holder.label }),
          ...(policy !== undefined && { reclaim: policy }),
        };
        const labels = { [orphanedLabel]: 'true' };
        const annotations = { [orphanedLabel]: JSON.stringify(written) };
        const path = claimPath(about.namespace, about.name);
        await patchObject(cluster, path, claim, (now) => markOf(now) === undefined, {
          metadata: { labels, annotations },
        });
        return undefined;
      },
    };
  }

  function keepStep(known: Volume): Step {
    return policyStep(known, 'Retain', 'keeps its data whatever becomes of the claim');
  }
}

/** The steps that are left to take a disk back into use: its volume's policy first, whose memory goes with the mark. */
export function unprotectSteps(disk: DiskState): readonly Step[] {
  const { claim, mark, about } = disk;
  if (mark === undefined) return [];
  return [
    ...restoreSteps(disk),
    {
      verb: 'PATCH',
      object: `persistentvolumeclaims/${about.name}`,
      what: 'takes the mark of an orphan off',
      async act({ cluster }) {
        const labels = { [orphanedLabel]: null };
        const annotations = { [orphanedLabel]: null };
        const path = claimPath(about.namespace, about.name);
        await patchObject<Claim>(cluster, path, claim, (now) => markOf(now)?.since === mark.since, {
          metadata: { labels, annotations },
        });
        return undefined;
      },
    },
  ];
}

/** The step that gives a volume the reclaim policy back that its mark remembers; none where it has that. */
export function restoreSteps({ volume, mark }: DiskState): readonly Step[] {
  const before = mark?.reclaim;
  if (volume === undefined || before === undefined || volume.spec?.persistentVolumeReclaimPolicy === before) return [];
  return [policyStep(volume, before, `gives its reclaim policy back: ${before}`)];
}

function policyStep(known: Volume, policy: string, what: string): Step {
  const { name } = known.metadata;
  const was = known.spec?.persistentVolumeReclaimPolicy;
  return {
    verb: 'PATCH',
    object: `persistentvolumes/${name}`,
    what,
    async act({ cluster }) {
      const isAsPlanned = (now: Volume) => now.spec?.persistentVolumeReclaimPolicy === was;
      const spec = { persistentVolumeReclaimPolicy: policy };
      await patchObject<Volume>(cluster, volumePath(name), known, isAsPlanned, { spec });
      return undefined;
    },
  };
}
