import type { Call } from '../method.ts';

/**
 * Whether two CIDs' contexts mean one cluster: a CID without a context means the default one, which another CID may name.
 */
export async function isSameCluster(call: Call, one: string | undefined, other: string | undefined): Promise<boolean> {
  if (one === other) return true;
  if (one !== undefined && other !== undefined) return false;
  const { cluster } = await call.session(undefined);
  return cluster.context === (one ?? other);
}
