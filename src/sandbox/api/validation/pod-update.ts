import { isDeepStrictEqual } from 'node:util';
import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import { type ApiObject, copy, view } from '../object.ts';
import { denied, type FieldError } from './field.ts';
import { validatePodSpec } from './pod.ts';

const RULE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/**
 * A pod's spec is fixed but for a few fields. The real message goes on with a diff of the Go structs; ours ends at the
 * rule.
 */
export function validatePodUpdate(next: ApiObject, previous: ApiObject, allowPrivileged: boolean): FieldError[] {
  const spec = view<V1PodSpec>(next.spec ?? {});
  const old = view<V1PodSpec>(previous.spec ?? {});
  const errors = validatePodSpec(spec, allowPrivileged);
  if (spec.containers?.length !== old.containers.length) {
    return [...errors, denied('spec.containers', 'pod updates may not add or remove containers')];
  }
  const kept = (old.tolerations ?? []).every((toleration) =>
    (spec.tolerations ?? []).some((other) => isDeepStrictEqual(other, toleration)),
  );
  if (!kept)
    errors.push(denied('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'));
  if (!isDeepStrictEqual(settled(spec, old), plain(old))) errors.push(denied('spec', RULE));
  return errors;
}

function settled(spec: V1PodSpec, old: V1PodSpec): unknown {
  const same = copy(spec);
  for (const [index, container] of same.containers.entries()) container.image = old.containers[index]?.image as string;
  for (const [index, container] of (same.initContainers ?? []).entries()) {
    container.image = old.initContainers?.[index]?.image as string;
  }
  same.tolerations = old.tolerations as NonNullable<V1PodSpec['tolerations']>;
  return plain(same);
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
