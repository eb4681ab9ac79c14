import { attachedToLabel } from '../bosh/labels.ts';
import type { Pod } from '../kubernetes/objects.ts';
import type { Intern } from './intern.ts';
import type { Health } from './model.ts';
import { type Condition, conditionAt, type Purpose, podCondition } from './pod-condition.ts';

/** What the pod tells by which a disk is attached to a machine: it is no machine itself. */
export interface AttachmentFacts {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly created: number;
  readonly leaving: boolean;
  /** Name of the machine. */
  readonly vm: string;
  readonly claim: string;
  readonly node: string | undefined;
  readonly condition: Condition;
}

const purpose: Purpose = { missing: 'the disk is not mounted yet', missed: 'the disk has not been mounted' };

export function attachmentFacts(pod: Pod, intern: Intern): AttachmentFacts {
  const { metadata = {}, spec = {} } = pod;
  const claim = spec.volumes?.map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName).find(Boolean);
  return {
    uid: metadata.uid ?? '',
    name: metadata.name ?? '',
    namespace: intern(metadata.namespace ?? ''),
    created: Date.parse(metadata.creationTimestamp ?? '') || 0,
    leaving: metadata.deletionTimestamp !== undefined,
    vm: metadata.labels?.[attachedToLabel] ?? '',
    claim: claim ?? '',
    node: spec.nodeName === undefined ? undefined : intern(spec.nodeName),
    condition: podCondition(pod, purpose),
  };
}

/** How an attachment does now. */
export function attachmentHealth(
  { name, condition }: AttachmentFacts,
  now: number,
): { health: Health; reason: string } {
  const { health, reason = '' } = conditionAt(condition, now);
  return { health, reason: `${name}: ${reason}` };
}
