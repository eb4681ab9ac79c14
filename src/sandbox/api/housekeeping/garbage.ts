import type { ClusterState } from '../cluster-state.ts';
import { deleteObject } from '../delete.ts';
import { type ApiObject, copy, type OwnerReference } from '../object.ts';
import { findKind, type Resource, resources } from '../resources.ts';
import { dropFinalizer } from './finalizers.ts';

/** Deletes what the gone object owned, and goes on with an owner that waited for it. */
export function collectDependents(cluster: ClusterState, owner: ApiObject): void {
  for (const reference of owner.metadata.ownerReferences ?? []) {
    const found = ownerOf(cluster, owner, reference);
    if (found?.object !== undefined) collectOrphan(cluster, found.kind, found.object);
  }
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
  const current = cluster.store.get(kind, object.metadata.namespace ?? '', object.metadata.name);
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
  const alive = ownerReferences.some((reference) => {
    const owner = ownerOf(cluster, current, reference);
    // Kinds that are not served cannot be judged.
    return owner === undefined || owner.object !== undefined;
  });
  if (!alive) deleteObject(cluster, kind, current, {});
}

/** The owner a reference means; undefined for a kind that is not served, without object when it is gone. */
function ownerOf(
  { store }: ClusterState,
  dependent: ApiObject,
  { apiVersion, kind: name, name: ownerName, uid }: OwnerReference,
): { kind: Resource; object: ApiObject | undefined } | undefined {
  const kind = findKind(apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '', name);
  if (kind === undefined) return undefined;
  const object = store.get(kind, kind.namespaced ? (dependent.metadata.namespace ?? '') : '', ownerName);
  return { kind, object: object?.metadata.uid === uid ? object : undefined };
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
  if (next.metadata.ownerReferences.length === 0) delete next.metadata.ownerReferences;
  store.put(kind, next);
}
