import type { Rule, VmCase } from '../rule.ts';

/** A machine without its record: it runs, and no call finds it. */
export const recordMissing: Rule<VmCase> = {
  name: 'record-missing',
  director: 'useful',
  holdMs: 5000,
  look({ name, vm, bosh }) {
    const { pod, record } = vm;
    if (pod === undefined || record !== 'none' || pod.state === 'Terminating') return [];
    // one that no Director has is told as such
    if (bosh !== undefined && bosh.instance === undefined) return [];
    return [
      {
        severity: 'high',
        title: 'no record',
        expected: `Secret ${name}`,
        actual: 'none',
        sides: [
          { source: 'pod', value: pod.state, note: pod.node && `on ${pod.node}` },
          { source: 'record', value: '–', note: pod.record && `made from ${pod.record}` },
        ],
        explanation: [
          `Pod ${name} runs, but Secret ${name}, which holds its record and its agent's settings, is gone: somebody deleted it.`,
          'BOSH hears that the VM does not exist as soon as it attaches a disk or asks; the pod cannot be made again, and a restart of its container finds no settings.',
        ],
        repairs: ['recreate-instance'],
      },
    ];
  },
};
