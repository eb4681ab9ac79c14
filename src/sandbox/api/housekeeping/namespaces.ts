import type { ClusterState } from '../cluster-state.ts';
import { deleteObject } from '../delete.ts';
import type { ApiObject } from '../object.ts';
import { type Resource, resource, resources } from '../resources.ts';
import { createObject } from '../write.ts';

const NAMESPACES = resource('', 'namespaces');

/** A new namespace gets what the controllers put into each; one under deletion is emptied. */
export function syncNamespace(cluster: ClusterState, namespace: ApiObject): void {
  const { store } = cluster;
  const { name } = namespace.metadata;
  const current = store.get(NAMESPACES, '', name);
  if (current === undefined) return;
  if (current.metadata.deletionTimestamp === undefined) {
    ensure(cluster, resource('', 'serviceaccounts'), name, 'default', {});
    ensure(cluster, resource('', 'configmaps'), name, 'kube-root-ca.crt', { data: { 'ca.crt': '' } });
    return;
  }
  for (const kind of resources.filter(({ namespaced }) => namespaced)) {
    for (const object of store.list(kind, name)) {
      if (object.metadata.deletionTimestamp === undefined) deleteObject(cluster, kind, object, {});
    }
  }
  finishNamespace(cluster, name);
}

/** A namespace under deletion goes when nothing is left in it. */
export function finishNamespace({ store }: ClusterState, name: string): void {
  const namespace = store.get(NAMESPACES, '', name);
  if (namespace?.metadata.deletionTimestamp === undefined) return;
  const left = resources.some((kind) => kind.namespaced && store.list(kind, name).length > 0);
  if (!left && (namespace.metadata.finalizers ?? []).length === 0) store.remove(NAMESPACES, { ...namespace, spec: {} });
}

function ensure(cluster: ClusterState, kind: Resource, namespace: string, name: string, fields: object): void {
  if (cluster.store.get(kind, namespace, name) !== undefined) return;
  const object = { apiVersion: 'v1', kind: kind.kind, metadata: { name } as ApiObject['metadata'], ...fields };
  createObject(cluster, kind, namespace, object, { dryRun: false });
}
