import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { sha256 } from '../bosh/digest.ts';
import { groupLabel, managedByLabels } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../kubernetes/errors.ts';
import { mergePatch } from '../kubernetes/patch.ts';
import { podsOf } from './await-ready.ts';

/**
 * Keeps the disruption budget of an instance group true: at most one of its machines may be evicted at a time.
 *
 * For pods without a controller only an absolute `minAvailable` works, so the number follows the group's size (kubernetes.io, "Specifying a PodDisruptionBudget").
 * Calls for machines of one group run side by side: after every write the group is counted again, so the last writer always leaves the right number.
 *
 * @param group value of the group label
 */
export async function balanceBudget(session: Session, group: string): Promise<void> {
  let size = await countGroup(session, group);
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      await writeBudget(session, group, size);
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
    const now = await countGroup(session, group);
    if (now === size) return;
    size = now;
  }
}

async function writeBudget(session: Session, group: string, size: number): Promise<void> {
  const { policy, namespace } = session.cluster;
  const name = `group-${sha256(group).slice(0, 16)}`;
  if (size === 0) {
    await policy.deleteNamespacedPodDisruptionBudget({ name, namespace });
    return;
  }
  const spec = { minAvailable: size - 1, selector: { matchLabels: { [groupLabel]: group } } };
  const change = () => policy.patchNamespacedPodDisruptionBudget({ name, namespace, body: { spec } }, mergePatch);
  // every machine of a group but its first finds the budget there
  if (size > 1) {
    try {
      await change();
      return;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  try {
    const body = { metadata: { name, labels: { ...managedByLabels, [groupLabel]: group } }, spec };
    await policy.createNamespacedPodDisruptionBudget({ namespace, body });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    await change();
  }
}

/** Machines of a group that are to stay. Asks for metadata alone: a group may be large, and each of its calls counts it. */
async function countGroup(session: Session, group: string): Promise<number> {
  const { items } = await session.cluster.json<{ items: readonly Pick<V1Pod, 'metadata'>[] | null }>({
    method: 'GET',
    path: podsOf(session).path,
    query: { labelSelector: `${groupLabel}=${group}` },
    metadataOnly: true,
  });
  // an API server writes an empty list of metadata as null
  return (items ?? []).filter(({ metadata }) => metadata?.deletionTimestamp === undefined).length;
}
