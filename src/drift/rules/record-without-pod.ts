import type { Draft, Rule, VmCase } from '../rule.ts';

/** A record that nobody speaks of may be of a VM that is being made. */
const unknownMs = 900_000;

/** A machine's record whose pod is missing: a call of the CPI was cut short between two pods, or somebody deleted the pod. */
export const recordWithoutPod: Rule<VmCase> = {
  name: 'record-without-pod',
  director: 'useful',
  // one pod follows the other at once where the call lives
  holdMs: 10_000,
  look({ name, vm, bosh }) {
    const { pod, record } = vm;
    if (pod !== undefined || record === undefined || record === 'none') return [];
    const instance = bosh?.instance;
    const isKnown = instance !== undefined;
    const draft: Pick<Draft, 'title' | 'expected' | 'actual' | 'sides'> = {
      title: 'no pod',
      expected: bosh === undefined || isKnown ? `pod ${name}` : 'nothing',
      actual: 'record, no pod',
      sides: [
        {
          source: 'Director record',
          value: instance?.cid ?? '–',
          note: bosh === undefined ? 'not known without a Director' : instance?.ips.join(', ') || undefined,
        },
        { source: 'record', value: name, note: `since ${new Date(record.created).toISOString()}` },
        { source: 'pod', value: '–', note: undefined },
      ],
    };
    if (bosh !== undefined && !isKnown) {
      // who does not see all deployments cannot say that nobody has it
      if (!bosh.belief.isWhole) return [];
      return [
        {
          ...draft,
          severity: 'low',
          explanation: [
            `Record ${name} is left of a VM that ${bosh.belief.director} does not have: a create_vm or delete_vm was cut short. A record does not say whose it is: it may be another Director's.`,
            'It keeps the Services of the VM and their addresses.',
          ],
          repairs: ['delete-vm'],
          notBefore: record.created + unknownMs,
        },
      ];
    }
    return [
      {
        ...draft,
        severity: 'high',
        explanation: [
          `Machine ${name} has its record but no pod: somebody deleted the pod, or a call of the CPI was killed between two pods.`,
          'The instance does not run. Its record has all that its pod is made from: the agent comes back with its settings, its disks and its addresses where a Service holds them, but without its jobs, which only BOSH can bring.',
          bosh === undefined
            ? 'Without a Director it is not known whether the VM is still wanted.'
            : 'NATS may refuse the agent of such a pod: a Director that gives credentials for the first minutes replaces them, and the record has what the last call for a disk has saved.',
        ],
        // a whole machine first
        repairs: isKnown ? ['resolve-problem', 'recreate-instance', 'finish-vm'] : ['finish-vm'],
      },
    ];
  },
};
