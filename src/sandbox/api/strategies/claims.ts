import { isDeepStrictEqual } from 'node:util';
import type { V1PersistentVolumeClaimSpec } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeClaimSpec.js';
import { admitQuota } from '../admission/quota.ts';
import type { ClusterState } from '../cluster-state.ts';
import { type ApiObject, view } from '../object.ts';
import { quantity } from '../quantity.ts';
import { resource } from '../resources.ts';
import { forbidden } from '../status.ts';
import type { Strategy } from '../strategy.ts';
import { denied, type FieldError, required } from '../validation/field.ts';
import { expectQuantities, validateAccessModes, validateStorage } from '../validation/storage.ts';
import { withProtection } from './volumes.ts';

const IMMUTABLE =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
const CLASSES = resource('storage.k8s.io', 'storageclasses');

export const claims: Strategy = {
  returnsDeleted: true,
  decode(object) {
    expectQuantities(specOf(object).resources?.requests, 'PersistentVolumeClaim');
  },
  defaults(object) {
    const spec = specOf(object);
    spec.volumeMode ??= 'Filesystem';
    spec.resources ??= {};
    const reference = spec.dataSource ?? spec.dataSourceRef;
    if (reference !== undefined) {
      spec.dataSource ??= reference as NonNullable<typeof spec.dataSource>;
      spec.dataSourceRef ??= reference;
    }
    object.spec = { ...spec };
  },
  prepareCreate(object, cluster) {
    object.metadata.finalizers = withProtection(object.metadata.finalizers, 'kubernetes.io/pvc-protection');
    object.status = { phase: 'Pending' };
    const spec = specOf(object);
    const byDefault = spec.storageClassName === undefined ? defaultClass(cluster) : undefined;
    if (byDefault !== undefined) spec.storageClassName = byDefault;
  },
  validate(object) {
    const spec = specOf(object);
    return [
      ...validateAccessModes(spec.accessModes, 'spec.accessModes'),
      ...validateStorage(spec.resources?.requests?.storage, 'spec.resources[storage]'),
    ];
  },
  admit: (claim, cluster) => admitQuota('persistentvolumeclaims', claim, cluster),
  validateUpdate,
  admitUpdate,
};

function specOf(object: ApiObject): V1PersistentVolumeClaimSpec {
  object.spec ??= {};
  return view<V1PersistentVolumeClaimSpec>(object.spec);
}

/** The class marked as default; of several the newest, as the admission plugin picks it. */
function defaultClass({ store }: ClusterState): string | undefined {
  const marked = store
    .list(CLASSES, '')
    .filter(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true')
    .sort((a, b) => Number(b.metadata.resourceVersion) - Number(a.metadata.resourceVersion));
  return marked[0]?.metadata.name;
}

function validateUpdate(next: ApiObject, previous: ApiObject): FieldError[] {
  const [spec, old] = [specOf(next), specOf(previous)];
  const bound = previous.status?.phase === 'Bound';
  const errors: FieldError[] = [];
  const size = spec.resources?.requests?.storage;
  const oldSize = old.resources?.requests?.storage;
  // The binder sets the volume, a retroactive default the class; a bound claim may grow and change its attributes.
  const settled: V1PersistentVolumeClaimSpec = {
    ...spec,
    ...(old.volumeName ? {} : { volumeName: old.volumeName as string }),
    ...(old.storageClassName === undefined ? { storageClassName: undefined as unknown as string } : {}),
    ...(bound
      ? { resources: { ...old.resources }, volumeAttributesClassName: old.volumeAttributesClassName as string }
      : {}),
  };
  if (!isDeepStrictEqual(plain(settled), plain(old))) errors.push(denied('spec', IMMUTABLE));
  if (bound && size === undefined) errors.push(required('spec.resources[storage]'));
  const [wanted, had, holds] = [quantity(size) ?? 0n, quantity(oldSize) ?? 0n, capacityOf(previous)];
  if (wanted < had && wanted <= holds) {
    errors.push(denied('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  if (previous.status?.currentVolumeAttributesClassName && !spec.volumeAttributesClassName) {
    const given = spec.volumeAttributesClassName === undefined ? 'nil' : 'empty string';
    const detail = `update to ${given} is forbidden when status.currentVolumeAttributesClassName is not nil`;
    errors.push(denied('spec.volumeAttributesClassName', detail));
  }
  return errors;
}

function plain(spec: V1PersistentVolumeClaimSpec): unknown {
  return JSON.parse(JSON.stringify(spec));
}

function capacityOf(claim: ApiObject): bigint {
  const { capacity } = view<{ capacity?: { storage?: string } }>(claim.status ?? {});
  return quantity(capacity?.storage) ?? 0n;
}

/** The PersistentVolumeClaimResize admission plugin. */
function admitUpdate(next: ApiObject, previous: ApiObject, { store }: ClusterState): void {
  const wanted = quantity(specOf(next).resources?.requests?.storage) ?? 0n;
  const had = quantity(specOf(previous).resources?.requests?.storage) ?? 0n;
  if (wanted <= had) return;
  const storageClass = store.get(CLASSES, '', specOf(next).storageClassName ?? '');
  if (storageClass?.allowVolumeExpansion === true) return;
  const why =
    'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
  throw forbidden(resource('', 'persistentvolumeclaims'), next.metadata.name, why);
}
