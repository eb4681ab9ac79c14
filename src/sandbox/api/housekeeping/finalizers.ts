import type { ClusterState } from '../cluster-state.ts';
import { type ApiObject, copy } from '../object.ts';
import type { Resource } from '../resources.ts';

/** Takes one finalizer off; an object under deletion that nobody holds any more goes. */
export function dropFinalizer(cluster: ClusterState, kind: Resource, object: ApiObject, name: string): void {
  const next = copy(object);
  next.metadata.finalizers = (next.metadata.finalizers ?? []).filter((finalizer) => finalizer !== name);
  const held = next.metadata.finalizers.length > 0 || (next.metadata.deletionGracePeriodSeconds ?? 0) > 0;
  if (next.metadata.finalizers.length === 0) delete next.metadata.finalizers;
  if (held || next.metadata.deletionTimestamp === undefined) cluster.store.put(kind, next);
  else cluster.store.remove(kind, next);
}
