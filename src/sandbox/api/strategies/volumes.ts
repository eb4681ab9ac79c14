import type { V1PersistentVolumeSpec } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeSpec.js';
import { timestamp, view } from '../object.ts';
import type { Strategy } from '../strategy.ts';
import { type FieldError, required, unsupported } from '../validation/field.ts';
import { validateAccessModes, validateStorage } from '../validation/storage.ts';

export const volumes: Strategy = {
  returnsDeleted: true,
  defaults(object) {
    const spec = view<V1PersistentVolumeSpec>(object.spec ?? {});
    spec.persistentVolumeReclaimPolicy ??= 'Retain';
    spec.volumeMode ??= 'Filesystem';
    if (spec.hostPath) spec.hostPath.type ??= '';
    object.spec = { ...spec };
  },
  prepareCreate(object) {
    object.metadata.finalizers = withProtection(object.metadata.finalizers, 'kubernetes.io/pv-protection');
    object.status = { phase: 'Pending', lastPhaseTransitionTime: timestamp() };
  },
  validate(object): FieldError[] {
    const spec = view<V1PersistentVolumeSpec>(object.spec ?? {});
    const hasSource = Object.values(spec).some(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    );
    return [
      ...(spec.accessModes === undefined
        ? [required('spec.accessModes')]
        : validateAccessModes(spec.accessModes, 'spec.accessModes')),
      ...(spec.capacity === undefined
        ? [required('spec.capacity'), unsupported('spec.capacity', null, ['storage'])]
        : validateStorage(spec.capacity.storage, 'spec.capacity[storage]')),
      ...(hasSource ? [] : [required('spec', 'must specify a volume type')]),
    ];
  },
};

/** The finalizers with one more, at the end as the admission plugin puts it. */
export function withProtection(finalizers: readonly string[] | undefined, name: string): string[] {
  return (finalizers ?? []).includes(name) ? [...(finalizers ?? [])] : [...(finalizers ?? []), name];
}
