import { isDeepStrictEqual } from 'node:util';
import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import { quotaStatus } from './admission/quota.ts';
import type { ClusterState } from './cluster-state.ts';
import { deleteObject } from './delete.ts';
import { type ApiObject, copy, view } from './object.ts';
import { findKind, type Resource, resource, resources } from './resources.ts';
import { matchesLabelSelector } from './selectors.ts';
import type { Change } from './store.ts';
import { createObject } from './write.ts';

const PODS = resource('', 'pods');
const CLAIMS = resource('', 'persistentvolumeclaims');
const VOLUMES = resource('', 'persistentvolumes');
const ATTRIBUTES = resource('storage.k8s.io', 'volumeattributesclasses');
const QUOTAS = resource('', 'resourcequotas');
const SERVICES = resource('', 'services');
const SECRETS = resource('', 'secrets');
const NAMESPACES = resource('', 'namespaces');
const BUDGETS = resource('policy', 'poddisruptionbudgets');

/**
 * What kube-controller-manager does in the background and nobody outside need know about: garbage collection,
 * namespaces, default ServiceAccounts, protection of claims and volumes in use, disruption budgets.
 * @returns the way to stop
 */
export function startHousekeeping(cluster: ClusterState): () => void {
  const { store } = cluster;
  const pending = new Set<NodeJS.Immediate>();
  // Runs after the write's own answer, as controllers do.
  const stop = store.subscribe((change) => {
    const task = setImmediate(() => {
      pending.delete(task);
      react(cluster, change);
    });
    pending.add(task);
  });
  return () => {
    stop();
    for (const task of pending) clearImmediate(task);
  };
}

function react(cluster: ClusterState, { resource: kind, type, object }: Change): void {
  if (kind === NAMESPACES) syncNamespace(cluster, object);
  if (type === 'DELETED') collectDependents(cluster, object);
  else collectOrphan(cluster, kind, object);
  if (kind === PODS) {
    protectClaims(cluster, object.metadata.namespace ?? '');
    syncBudgets(cluster, object.metadata.namespace ?? '');
  }
  if (kind === CLAIMS) protectClaims(cluster, object.metadata.namespace ?? '');
  if (kind === VOLUMES || kind === CLAIMS) protectVolumes(cluster);
  if (kind === VOLUMES || kind === CLAIMS || kind === ATTRIBUTES) protectAttributes(cluster);
  if ([PODS, CLAIMS, QUOTAS, SERVICES, SECRETS].includes(kind)) syncQuotas(cluster, object.metadata.namespace ?? '');
  if (kind === BUDGETS && type !== 'DELETED') syncBudgets(cluster, object.metadata.namespace ?? '');
  if (type === 'DELETED' && object.metadata.namespace !== undefined)
    finishNamespace(cluster, object.metadata.namespace);
}

/** Deletes what the gone object owned. */
function collectDependents(cluster: ClusterState, owner: ApiObject): void {
  for (const kind of resources) {
    if (kind.virtual) continue;
    for (const object of cluster.store.list(kind, owner.metadata.namespace ?? '')) {
      if (object.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid))
        collectOrphan(cluster, kind, object);
    }
  }
}

/** Deletes an object all of whose owners are gone; finishes a foreground or orphaning deletion. */
function collectOrphan(cluster: ClusterState, kind: Resource, object: ApiObject): void {
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

function dropFinalizer(cluster: ClusterState, kind: Resource, object: ApiObject, name: string): void {
  const next = copy(object);
  next.metadata.finalizers = (next.metadata.finalizers ?? []).filter((finalizer) => finalizer !== name);
  const held = next.metadata.finalizers.length > 0 || (next.metadata.deletionGracePeriodSeconds ?? 0) > 0;
  if (next.metadata.finalizers.length === 0) delete next.metadata.finalizers;
  if (held || next.metadata.deletionTimestamp === undefined) cluster.store.put(kind, next);
  else cluster.store.remove(kind, next);
}

/** A claim under deletion goes when no pod uses it any more. */
function protectClaims(cluster: ClusterState, namespace: string): void {
  for (const claim of cluster.store.list(CLAIMS, namespace)) {
    const { deletionTimestamp, finalizers = [], name } = claim.metadata;
    if (deletionTimestamp === undefined || !finalizers.includes('kubernetes.io/pvc-protection')) continue;
    if (!cluster.store.list(PODS, namespace).some((pod) => uses(pod, name))) {
      dropFinalizer(cluster, CLAIMS, claim, 'kubernetes.io/pvc-protection');
    }
  }
}

function uses(pod: ApiObject, claim: string): boolean {
  if (['Succeeded', 'Failed'].includes(String(pod.status?.phase))) return false;
  const { volumes = [] } = view<V1PodSpec>(pod.spec ?? {});
  return volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim);
}

function protectVolumes(cluster: ClusterState): void {
  for (const volume of cluster.store.list(VOLUMES, '')) {
    const { deletionTimestamp, finalizers = [] } = volume.metadata;
    if (deletionTimestamp === undefined || !finalizers.includes('kubernetes.io/pv-protection')) continue;
    if (volume.status?.phase !== 'Bound') dropFinalizer(cluster, VOLUMES, volume, 'kubernetes.io/pv-protection');
  }
}

function protectAttributes(cluster: ClusterState): void {
  const users = [...cluster.store.list(CLAIMS, ''), ...cluster.store.list(VOLUMES, '')];
  for (const object of cluster.store.list(ATTRIBUTES, '')) {
    const { deletionTimestamp, finalizers = [], name } = object.metadata;
    if (deletionTimestamp === undefined || !finalizers.includes('kubernetes.io/vac-protection')) continue;
    const used = users.some(
      ({ spec, status }) =>
        spec?.volumeAttributesClassName === name || status?.currentVolumeAttributesClassName === name,
    );
    if (!used) dropFinalizer(cluster, ATTRIBUTES, object, 'kubernetes.io/vac-protection');
  }
}

/** A new namespace gets what the controllers put into each; one under deletion is emptied. */
function syncNamespace(cluster: ClusterState, namespace: ApiObject): void {
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

function finishNamespace({ store }: ClusterState, name: string): void {
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

function syncQuotas(cluster: ClusterState, namespace: string): void {
  for (const quota of cluster.store.list(QUOTAS, namespace)) {
    const status = quotaStatus(quota, cluster);
    if (isDeepStrictEqual(status, quota.status)) continue;
    cluster.store.put(QUOTAS, { ...copy(quota), status });
  }
}

/** The disruption controller: how many pods may go at once. */
function syncBudgets({ store }: ClusterState, namespace: string): void {
  for (const budget of store.list(BUDGETS, namespace)) {
    const {
      selector = {},
      minAvailable,
      maxUnavailable,
    } = view<{
      selector?: Parameters<typeof matchesLabelSelector>[0];
      minAvailable?: number | string;
      maxUnavailable?: number | string;
    }>(budget.spec ?? {});
    const pods = store.list(PODS, namespace).filter((pod) => matchesLabelSelector(selector, pod.metadata.labels ?? {}));
    const expectedPods = pods.length;
    const currentHealthy = pods.filter(isReady).length;
    const portion = (value: number | string) =>
      typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) / 100) * expectedPods);
    const desiredHealthy =
      maxUnavailable === undefined ? portion(minAvailable ?? 1) : Math.max(0, expectedPods - portion(maxUnavailable));
    const disruptionsAllowed = Math.max(0, currentHealthy - desiredHealthy);
    const status = {
      ...budget.status,
      expectedPods,
      currentHealthy,
      desiredHealthy,
      disruptionsAllowed,
      observedGeneration: budget.metadata.generation,
    };
    if (JSON.stringify(status) !== JSON.stringify(budget.status)) store.put(BUDGETS, { ...copy(budget), status });
  }
}

function isReady(pod: ApiObject): boolean {
  const { conditions = [] } = view<{ conditions?: { type: string; status: string }[] }>(pod.status ?? {});
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
