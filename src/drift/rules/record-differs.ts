import type { Rule, VmCase } from '../rule.ts';

/** A pod that was made from another record than the one there is. Of a record only metadata is read, so its generation cannot be compared. */
export const recordDiffers: Rule<VmCase> = {
  name: 'record-differs',
  director: 'none',
  holdMs: 10_000,
  look({ name, vm }) {
    const { pod, record } = vm;
    if (pod?.record === undefined || record === undefined || record === 'none') return [];
    if (pod.state === 'Terminating' || pod.record === record.uid) return [];
    return [
      {
        severity: 'medium',
        title: 'other record',
        expected: `made from ${record.uid}`,
        actual: `made from ${pod.record}`,
        sides: [
          { source: 'record', value: record.uid, note: `since ${new Date(record.created).toISOString()}` },
          { source: 'pod', value: pod.record, note: `since ${new Date(pod.created).toISOString()}` },
        ],
        explanation: [
          `Pod ${name} was made from an earlier record of the name: a create_vm was cut short, or the Secret was deleted and restored from a backup.`,
          'The next call of BOSH for this machine replaces its pod: the agent restarts, and on a dynamic network its address changes.',
        ],
        repairs: ['recreate-instance', 'finish-vm'],
      },
    ];
  },
};
