import type { V1PersistentVolumeClaim } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeClaim.js';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import type { V1PodDisruptionBudget } from '@kubernetes/client-node/dist/gen/models/V1PodDisruptionBudget.js';
import type { V1Secret } from '@kubernetes/client-node/dist/gen/models/V1Secret.js';
import type { V1Service } from '@kubernetes/client-node/dist/gen/models/V1Service.js';
import type { V1Volume } from '@kubernetes/client-node/dist/gen/models/V1Volume.js';
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
    machines: Object.fromEntries(
      pods.filter((pod) => attachedTo(pod) === undefined).map((pod) => [nameOf(pod), machineOf(pod, pods)]),
    ),
    records: secrets
      .filter(({ type }) => type === 'bosh.cloudfoundry.org/vm')
      .map(nameOf)
      .sort(),
    disks: Object.fromEntries(claims.map((claim) => [nameOf(claim), sizeOf(claim)])),
    addresses: services.map(({ spec }) => spec?.clusterIP ?? '').sort(),
    snapshots: snapshots.map(nameOf).sort(),
    budgets: budgets
      .filter(({ metadata }) => metadata?.labels?.['bosh.cloudfoundry.org/group'] !== undefined)
      .map(({ spec }) => Number(spec?.minAvailable))
      .sort(),
  };
}

function isReady({ status, metadata }: V1Pod): boolean {
  const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
  return ready && metadata?.deletionTimestamp === undefined;
}

/** The machine that an attachment brings its disk to; undefined for a machine. */
function attachedTo({ metadata }: V1Pod): string | undefined {
  return metadata?.labels?.['bosh.cloudfoundry.org/attached-to'];
}

/** A machine with the persistent disks that it really has, in its pod or beside it. */
function machineOf(machine: V1Pod, pods: readonly V1Pod[]): Observation['machines'][string] {
  const beside = pods.filter((pod) => attachedTo(pod) === nameOf(machine));
  const brought = beside.flatMap(({ spec }) => spec?.volumes?.map((volume) => claimOf(volume)).filter(Boolean) ?? []);
  return { ready: [machine, ...beside].every(isReady), disks: [...disksWithin(machine), ...brought].sort() };
}

function claimOf({ persistentVolumeClaim }: V1Volume): string {
  return persistentVolumeClaim?.claimName ?? '';
}

function disksWithin({ spec }: V1Pod): string[] {
  const claims = new Map(spec?.volumes?.map((volume) => [volume.name, claimOf(volume)]));
  const mounts = spec?.containers[0]?.volumeMounts ?? [];
  return mounts.flatMap(({ name, mountPath }) =>
    mountPath === `/mnt/${claims.get(name)}` ? [claims.get(name) ?? ''] : [],
  );
}

function sizeOf({ spec }: V1PersistentVolumeClaim): number {
  return parseQuantity(spec?.resources?.requests?.storage) / (1024 * 1024);
}
