import type { ClusterState } from '../cluster-state.ts';
import { resource } from '../resources.ts';
import type { Change } from '../store.ts';
import { syncBudgets } from './budgets.ts';
import { collectDependents, collectOrphan } from './garbage.ts';
import { finishNamespace, syncNamespace } from './namespaces.ts';
import { protectAttributes, protectClaims, protectVolumes } from './protection.ts';
import { syncQuotas } from './quotas.ts';

const NAMESPACES = resource('', 'namespaces');
const PODS = resource('', 'pods');
const CLAIMS = resource('', 'persistentvolumeclaims');
const VOLUMES = resource('', 'persistentvolumes');
const ATTRIBUTES = resource('storage.k8s.io', 'volumeattributesclasses');
const BUDGETS = resource('policy', 'poddisruptionbudgets');
const COUNTED = [PODS, CLAIMS, resource('', 'resourcequotas'), resource('', 'services'), resource('', 'secrets')];

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
  const { namespace } = object.metadata;
  if (kind === NAMESPACES) syncNamespace(cluster, object);
  if (type === 'DELETED') collectDependents(cluster, object);
  else collectOrphan(cluster, kind, object);
  if (kind === VOLUMES || kind === CLAIMS) protectVolumes(cluster);
  if (kind === VOLUMES || kind === CLAIMS || kind === ATTRIBUTES) protectAttributes(cluster);
  if (namespace === undefined) return;
  if (kind === PODS || kind === CLAIMS) protectClaims(cluster, namespace);
  if (kind === PODS || (kind === BUDGETS && type !== 'DELETED')) syncBudgets(cluster, namespace);
  if (COUNTED.includes(kind)) syncQuotas(cluster, namespace);
  if (type === 'DELETED') finishNamespace(cluster, namespace);
}
