import type { Rule, VmCase } from '../rule.ts';

/** A Director deletes orphaned VMs every few minutes: one that stays for so long could not be deleted. */
const patienceMs = 3_600_000;

/** A VM that the Director gave up and means to delete, and that is still there. */
export const orphanedVmStays: Rule<VmCase> = {
  name: 'orphaned-vm-stays',
  director: 'needed',
  holdMs: 5000,
  look({ vm, bosh }) {
    const orphan = bosh?.orphan;
    if (orphan === undefined || vm.pod === undefined || vm.pod.state === 'Terminating') return [];
    return [
      {
        severity: 'low',
        title: 'orphaned VM stays',
        expected: 'deleted',
        actual: vm.pod.state,
        sides: [
          { source: 'Director record', value: orphan.cid, note: `orphaned, once ${orphan.instance}` },
          { source: 'pod', value: vm.pod.state, note: vm.pod.node && `on ${vm.pod.node}` },
        ],
        explanation: [
          `The Director gave up this VM of ${orphan.instance} and has not managed to delete it since; its tasks say why.`,
          'It takes room on its node, and its addresses are not free.',
        ],
        repairs: ['delete-vm'],
        notBefore: orphan.orphaned + patienceMs,
      },
    ];
  },
};
