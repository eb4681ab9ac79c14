import type { V1NodeSelectorTerm } from '@kubernetes/client-node/dist/gen/models/V1NodeSelectorTerm.js';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import type { Session } from '../../bosh/session.ts';
import { isApiError } from '../../kubernetes/errors.ts';
import type { RecordedDisk } from '../../vm/record.ts';
import { readClaim } from '../claim.ts';

/**
 * Bounds a machine's pod to nodes that reach the volumes of its disks. The scheduler does so for the volumes that a pod names; disks that come by attachments
 * are not among them. A claim without a volume yet bounds nothing: its volume is made where the machine is.
 */
export async function placeWithDisks(session: Session, pod: V1Pod, disks: readonly RecordedDisk[]): Promise<V1Pod> {
  const bounds = (await Promise.all(disks.map(({ claim }) => reachOf(session, claim)))).filter(
    (terms) => terms.length > 0,
  );
  if (bounds.length === 0) return pod;
  const affinity = pod.spec?.affinity;
  const given = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const nodeSelectorTerms = [...bounds.reduce(both, given)];
  const nodeAffinity = {
    ...affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
  };
  return { ...pod, spec: { containers: [], ...pod.spec, affinity: { ...affinity, nodeAffinity } } };
}

/**
 * Terms that hold where both lists hold: the terms of a list are alternatives, and the demands within a term hold together. An empty list demands nothing.
 * Source: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity
 */
export function both(
  left: readonly V1NodeSelectorTerm[],
  right: readonly V1NodeSelectorTerm[],
): readonly V1NodeSelectorTerm[] {
  if (left.length === 0 || right.length === 0) return [...left, ...right];
  return left.flatMap((a) =>
    right.map((b) => {
      const matchExpressions = [...(a.matchExpressions ?? []), ...(b.matchExpressions ?? [])];
      const matchFields = [...(a.matchFields ?? []), ...(b.matchFields ?? [])];
      return {
        ...(matchExpressions.length > 0 && { matchExpressions }),
        ...(matchFields.length > 0 && { matchFields }),
      };
    }),
  );
}

/** Where the volume of a claim is reached; no terms where that is everywhere, or not known. */
async function reachOf(session: Session, claim: string): Promise<readonly V1NodeSelectorTerm[]> {
  const volume = (await readClaim(session, claim))?.spec?.volumeName;
  if (volume === undefined || volume === '') return [];
  try {
    const { spec } = await session.cluster.core.readPersistentVolume({ name: volume });
    return spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  } catch (error) {
    if (!isApiError(error) || (error.status !== 403 && error.status !== 404)) throw error;
    session.log(
      `volume ${volume} of disk ${claim} cannot be read: the machine may come where its disk is not (${error.message})`,
    );
    return [];
  }
}
