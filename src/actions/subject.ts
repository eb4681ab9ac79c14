import type { Subject } from '../drift/model.ts';
import type { ObjectRef } from './event.ts';
import type { Told } from './told.ts';

/** What of a finding's subject actions need; those who act without a finding give what they know. */
export type ActionSubject = Pick<Subject, 'namespace' | 'name'> &
  Partial<Pick<Subject, 'uid' | 'label' | 'deployment' | 'instance' | 'cid'>>;

/** The same as a Director's metadata has it. */
export function toldOfSubject({ deployment, instance }: ActionSubject): Told {
  const [group, key] = instance?.split('/') ?? [];
  const isIndex = key !== undefined && /^\d+$/.test(key);
  return {
    director: undefined,
    deployment,
    group,
    index: isIndex ? key : undefined,
    id: isIndex ? undefined : key,
  };
}

/** The pod of a machine, there or not: what an Event about it is on. */
export function podRef({ namespace, name, uid }: ActionSubject): ObjectRef {
  return { apiVersion: 'v1', kind: 'Pod', namespace, name, uid };
}
