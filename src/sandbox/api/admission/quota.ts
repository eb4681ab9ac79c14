import type { ClusterState } from '../cluster-state.ts';
import { type ApiObject, view } from '../object.ts';
import { quantity, sum } from '../quantity.ts';
import { type Resource, resource } from '../resources.ts';
import { forbidden } from '../status.ts';

const QUOTAS = resource('', 'resourcequotas');

type Counted = 'pods' | 'persistentvolumeclaims' | 'secrets' | 'services';

/**
 * The ResourceQuota plugin for object counts, and the storage claims ask for.
 * @throws ApiStatus 403
 */
export function admitQuota(plural: Counted, object: ApiObject, { store }: ClusterState): void {
  const namespace = object.metadata.namespace ?? '';
  const kind = resource('', plural);
  for (const quota of store.list(QUOTAS, namespace)) {
    const { hard = {} } = view<{ hard?: Record<string, string> }>(quota.spec ?? {});
    const exceeded = countedBy(plural)
      .filter((name) => hard[name] !== undefined)
      .map((name) => usage(name, object, store.list(kind, namespace), hard[name] ?? '0'))
      .filter((entry) => entry !== undefined);
    if (exceeded.length === 0) continue;
    const parts = ['requested', 'used', 'limited'] as const;
    const detail = parts.map((part) => `${part}: ${exceeded.map((entry) => `${entry.name}=${entry[part]}`).join(',')}`);
    throw forbidden(
      kind as Resource,
      object.metadata.name,
      `exceeded quota: ${quota.metadata.name}, ${detail.join(', ')}`,
    );
  }
}

/** The quota keys an object of the kind counts for. */
function countedBy(plural: Counted): string[] {
  return [plural, `count/${plural}`, ...(plural === 'persistentvolumeclaims' ? ['requests.storage'] : [])];
}

/** What of a quota's limits is used, as the quota controller reports it. */
export function quotaStatus(quota: ApiObject, { store }: ClusterState): Record<string, unknown> {
  const { hard = {} } = view<{ hard?: Record<string, string> }>(quota.spec ?? {});
  const used: Record<string, string> = {};
  for (const plural of ['pods', 'persistentvolumeclaims', 'secrets', 'services'] as const) {
    const objects = store.list(resource('', plural), quota.metadata.namespace ?? '');
    for (const name of countedBy(plural)) {
      if (hard[name] === undefined) continue;
      used[name] = name === 'requests.storage' ? shown(sum(objects.map(storageOf))) : String(objects.length);
    }
  }
  return { hard, used };
}

function usage(name: string, object: ApiObject, existing: readonly ApiObject[], limited: string) {
  if (name !== 'requests.storage') {
    const full = existing.length + 1 > Number(quantity(limited) ?? 0n) / 1e9;
    return full ? { name, requested: '1', used: String(existing.length), limited } : undefined;
  }
  const requested = storageOf(object);
  if (requested === undefined) return undefined;
  const used = sum(existing.map(storageOf));
  if (used + (quantity(requested) ?? 0n) <= (quantity(limited) ?? 0n)) return undefined;
  return { name, requested, used: shown(used), limited };
}

function storageOf(object: ApiObject): string | undefined {
  return view<{ resources?: { requests?: { storage?: string } } }>(object.spec ?? {}).resources?.requests?.storage;
}

/** As Kubernetes writes a sum of binary quantities. */
function shown(billionths: bigint): string {
  let value = billionths / 1_000_000_000n;
  for (const unit of ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi']) {
    if (value === 0n || value % 1024n !== 0n) return `${value}${unit}`;
    value /= 1024n;
  }
  return `${value}Ei`;
}
