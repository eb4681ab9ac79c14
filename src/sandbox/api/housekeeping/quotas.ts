import { isDeepStrictEqual } from 'node:util';
import { quotaStatus } from '../admission/quota.ts';
import type { ClusterState } from '../cluster-state.ts';
import { copy } from '../object.ts';
import { resource } from '../resources.ts';

const QUOTAS = resource('', 'resourcequotas');

/** The quota controller: what of the limits is used. */
export function syncQuotas(cluster: ClusterState, namespace: string): void {
  for (const quota of cluster.store.list(QUOTAS, namespace)) {
    const status = quotaStatus(quota, cluster);
    if (isDeepStrictEqual(status, quota.status)) continue;
    cluster.store.put(QUOTAS, { ...copy(quota), status });
  }
}
