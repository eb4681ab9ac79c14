import type { ClusterState } from '../cluster-state.ts';
import { deleteObject } from '../delete.ts';
import { type ApiObject, copy } from '../object.ts';
import { findKind, type Resource, resources } from '../resources.ts';
import { dropFinalizer } from './finalizers.ts';

/** Deletes what the gone object owned. */
export function collectDependents(cluster: ClusterState, owner: ApiObject): void {
  for (const kind of resources) {
    if (kind.virtual) continue;
    for (const object of cluster.store.list(kind, owner.metadata.namespace ?? '')) {
      if (object.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid))
        collectOrphan(cluster, kind, object);
    }
  }
}

/** Deletes an object all of whose owners are gone; finishes a foreground or orphaning deletion. */
export function collectOrphan(cluster: ClusterState, kind: Resource, object: ApiObject): void {
  const { store } = cluster;
  const current = store.get(kind, object.metadata.namespace ?? '', object.metadata.name);
  if (current === undefined || current.metadata.uid !== object.metadata.uid) return;
  const { ownerReferences = [], finalizers = [], deletionTimestamp } = current.metadata;
  const waiting = finalizers.find((name) => name === 'foregroundDeletion' || name === 'orphan');
  if (deletionTimestamp !== undefined && waiting !== undefined) {
    const dependents = waiting === 'orphan' ? [] : dependentsOf(cluster, current);
    if (waiting === 'orphan')
      for (const one of dependentsOf(cluster, current)) disown(cluster, one.kind, one.object, current);
    for (const one of dependents) {
      if (one.object.metadata.deletionTimestamp === undefined) deleteObject(cluster, one.kind, one.object, {});
    }
    if (dependents.length === 0) dropFinalizer(cluster, kind, current, waiting);
    return;
  }
  if (ownerReferences.length === 0 || deletionTimestamp !== undefined) return;
  const alive = ownerReferences.some(({ apiVersion, kind: ownerKind, name, uid }) => {
    const owner = findKind(apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '', ownerKind);
    if (owner === undefined) return true;
    const namespace = owner.namespaced ? (current.metadata.namespace ?? '') : '';
    return store.get(owner, namespace, name)?.metadata.uid === uid;
  });
  if (!alive) deleteObject(cluster, kind, current, {});
}

function dependentsOf({ store }: ClusterState, owner: ApiObject): { kind: Resource; object: ApiObject }[] {
  return resources
    .filter(({ virtual }) => !virtual)
    .flatMap((kind) => store.list(kind, owner.metadata.namespace ?? '').map((object) => ({ kind, object })))
    .filter(({ object }) => object.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid));
}

function disown({ store }: ClusterState, kind: Resource, object: ApiObject, owner: ApiObject): void {
  const next = copy(object);
  next.metadata.ownerReferences = (next.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
  store.put(kind, next);
}
