import type { Store } from './store.ts';

/** What strategies and admission see of the cluster. */
export interface ClusterState {
  readonly store: Store;
  /** First service range of each family, as given to a real server by --service-cluster-ip-range. */
  readonly serviceRanges: readonly string[];
  readonly nodePorts: { readonly first: number; readonly last: number };
  /** --allow-privileged */
  readonly allowPrivileged: boolean;
}
