import type { V1PersistentVolumeClaim } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeClaim.js';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import type { V1PodDisruptionBudget } from '@kubernetes/client-node/dist/gen/models/V1PodDisruptionBudget.js';
import type { V1Secret } from '@kubernetes/client-node/dist/gen/models/V1Secret.js';
import type { V1Service } from '@kubernetes/client-node/dist/gen/models/V1Service.js';
import { parseQuantity } from '../../src/kubernetes/quantity.ts';
import type { Site } from '../contract/support/site.ts';
import type { Observation } from './model.ts';

const nameOf = ({ metadata }: { metadata?: { name?: string } }) => metadata?.name ?? '';

/** Reads a namespace as an administrator sees it, whatever the CPI says about it. */
export async function observe(site: Site): Promise<Observation> {
  const [pods, secrets, claims, services, snapshots, budgets] = await Promise.all([
    site.list<V1Pod>('pods'),
    site.list<V1Secret>('secrets'),
    site.list<V1PersistentVolumeClaim>('persistentvolumeclaims'),
    site.list<V1Service>('services'),
    site.list<V1Service>('snapshot.storage.k8s.io/v1/volumesnapshots'),
    site.list<V1PodDisruptionBudget>('policy/v1/poddisruptionbudgets'),
  ]);
  return {
    machines: Object.fromEntries(pods.map((pod) => [nameOf(pod), { ready: isReady(pod), disks: disksOf(pod) }])),
    records: secrets
      .filter(({ type }) => type === 'bosh.cloudfoundry.org/vm')
      .map(nameOf)
      .sort(),
    disks: Object.fromEntries(claims.map((claim) => [nameOf(claim), sizeOf(claim)])),
    addresses: services.map(({ spec }) => spec?.clusterIP ?? '').sort(),
    snapshots: snapshots.map(nameOf).sort(),
    budgets: budgets.map(({ spec }) => Number(spec?.minAvailable)).sort(),
  };
}

function isReady({ status, metadata }: V1Pod): boolean {
  const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
  return ready && metadata?.deletionTimestamp === undefined;
}

/** Persistent disks that a machine really mounts. */
function disksOf({ spec }: V1Pod): string[] {
  const claims = new Map(spec?.volumes?.map(({ name, persistentVolumeClaim: claim }) => [name, claim?.claimName]));
  const mounts = spec?.containers[0]?.volumeMounts ?? [];
  return mounts
    .flatMap(({ name, mountPath }) => (mountPath === `/mnt/${claims.get(name)}` ? [claims.get(name) ?? ''] : []))
    .sort();
}

function sizeOf({ spec }: V1PersistentVolumeClaim): number {
  return parseQuantity(spec?.resources?.requests?.storage) / (1024 * 1024);
}
