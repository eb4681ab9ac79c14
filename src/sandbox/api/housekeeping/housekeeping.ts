import type { ClusterState } from '../cluster-state.ts';
import { type Resource, resource } from '../resources.ts';
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
  let changes: Change[] = [];
  let task: NodeJS.Immediate | undefined;
  // Runs after the write's own answer, as controllers do.
  const stop = cluster.store.subscribe((change) => {
    changes.push(change);
    task ??= setImmediate(() => {
      const seen = changes;
      changes = [];
      task = undefined;
      react(cluster, seen);
    });
  });
  return () => {
    stop();
    clearImmediate(task);
  };
}

function react(cluster: ClusterState, changes: readonly Change[]): void {
  for (const { resource: kind, type, object } of changes) {
    if (kind === NAMESPACES) syncNamespace(cluster, object);
    if (type === 'DELETED') collectDependents(cluster, object);
    else collectOrphan(cluster, kind, object);
  }
  sweep(cluster, changes);
}

/** What looks at whole collections: once, however many changes there were. */
function sweep(cluster: ClusterState, changes: readonly Change[]): void {
  const kinds = new Set(changes.map((change) => change.resource));
  if (kinds.has(VOLUMES) || kinds.has(CLAIMS)) protectVolumes(cluster);
  if (kinds.has(VOLUMES) || kinds.has(CLAIMS) || kinds.has(ATTRIBUTES)) protectAttributes(cluster);
  for (const namespace of new Set(changes.map(({ object }) => object.metadata.namespace))) {
    if (namespace === undefined) continue;
    const here = changes.filter(({ object }) => object.metadata.namespace === namespace);
    const has = (...wanted: readonly Resource[]) => here.some(({ resource: kind }) => wanted.includes(kind));
    if (has(PODS, CLAIMS)) protectClaims(cluster, namespace);
    if (has(PODS, BUDGETS)) syncBudgets(cluster, namespace);
    if (has(...COUNTED)) syncQuotas(cluster, namespace);
    if (here.some(({ type }) => type === 'DELETED')) finishNamespace(cluster, namespace);
  }
}
