import { isDeepStrictEqual } from 'node:util';
import { type ApiObject, timestamp, view } from '../object.ts';
import type { Strategy } from '../strategy.ts';
import { denied, type FieldError, invalid, required } from '../validation/field.ts';
import { withProtection } from './volumes.ts';

interface Parameterised {
  parameters?: Record<string, string>;
  provisioner?: string;
  driverName?: string;
  reclaimPolicy?: string;
  volumeBindingMode?: string;
}

/** Kinds with one or two rules. */
export const storageClasses: Strategy = {
  returnsDeleted: true,
  defaults(object) {
    const storageClass = view<Parameterised>(object);
    storageClass.reclaimPolicy ??= 'Delete';
    storageClass.volumeBindingMode ??= 'Immediate';
  },
  validate: (object) => (view<Parameterised>(object).provisioner ? [] : [required('provisioner')]),
  validateUpdate: (next, previous) => [
    ...unchanged(next, previous, 'parameters', 'updates to parameters are forbidden.'),
    ...unchanged(next, previous, 'provisioner', 'updates to provisioner are forbidden.'),
    ...unchanged(next, previous, 'reclaimPolicy', 'updates to reclaimPolicy are forbidden.'),
    ...(view<Parameterised>(next).volumeBindingMode === view<Parameterised>(previous).volumeBindingMode
      ? []
      : [invalid('volumeBindingMode', view<Parameterised>(next).volumeBindingMode, 'field is immutable')]),
  ],
};

export const volumeAttributesClasses: Strategy = {
  returnsDeleted: true,
  prepareCreate(object) {
    object.metadata.finalizers = withProtection(object.metadata.finalizers, 'kubernetes.io/vac-protection');
  },
  validate(object) {
    const { driverName, parameters } = view<Parameterised>(object);
    return [
      ...(driverName ? [] : [required('driverName')]),
      ...(Object.keys(parameters ?? {}).length > 0
        ? []
        : [required('parameters', 'must contain at least one key/value pair')]),
    ];
  },
  validateUpdate: (next, previous) => [
    ...unchanged(next, previous, 'driverName', 'updates to driverName are forbidden.'),
    ...unchanged(next, previous, 'parameters', 'updates to parameters are forbidden.'),
  ],
};

export const disruptionBudgets: Strategy = {
  conditionalUpdate: true,
  prepareCreate(object) {
    object.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  },
  validate: validateBudget,
  validateUpdate: (next) => validateBudget(next),
};

export const quotas: Strategy = {
  returnsDeleted: true,
  prepareCreate(object) {
    object.status = {};
  },
};

/** Ready at once: on a real server a controller sees to that. */
export const serviceCidrs: Strategy = {
  prepareCreate(object) {
    const condition = { type: 'Ready', status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' };
    object.status = { conditions: [{ ...condition, lastTransitionTime: timestamp() }] };
  },
};

export const leases: Strategy = { conditionalUpdate: true, createOnUpdate: true };

function validateBudget(object: ApiObject): FieldError[] {
  const { minAvailable, maxUnavailable } = object.spec ?? {};
  if (minAvailable === undefined || maxUnavailable === undefined) return [];
  const detail = 'minAvailable and maxUnavailable cannot be both set';
  return [invalid('spec', object.spec, detail)];
}

function unchanged(next: ApiObject, previous: ApiObject, field: string, detail: string): FieldError[] {
  return isDeepStrictEqual(next[field], previous[field]) ? [] : [denied(field, detail)];
}
