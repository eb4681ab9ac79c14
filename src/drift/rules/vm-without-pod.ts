import { hasContext } from '../belief.ts';
import type { Rule, VmCase } from '../rule.ts';

/** The Director has a VM of which the cluster has nothing. Where its record is left, `record-without-pod` tells it. */
export const vmWithoutPod: Rule<VmCase> = {
  name: 'vm-without-pod',
  director: 'needed',
  holdMs: 5000,
  look({ name, vm, bosh }) {
    const instance = bosh?.instance;
    if (instance === undefined) return [];
    if (vm.pod !== undefined || (vm.record !== undefined && vm.record !== 'none')) return [];
    // a context may be another cluster, which we do not see
    if (hasContext(instance.cid)) return [];
    return [
      {
        severity: 'high',
        title: 'no pod',
        expected: `pod ${name}`,
        actual: vm.record === 'none' ? 'no pod, no record' : 'no pod',
        sides: [
          { source: 'Director record', value: instance.cid ?? '–', note: instance.ips.join(', ') || undefined },
          { source: 'pod', value: '–', note: undefined },
          {
            source: 'record',
            value: '–',
            note: vm.record === undefined ? 'Secrets may not be read: it may be there' : undefined,
          },
        ],
        explanation: [
          `The Director has VM ${instance.cid}, but there is no pod ${name}${vm.record === 'none' ? ' and no record it could be made from' : ''}: somebody deleted it behind BOSH's back.`,
          'The instance does not run. The Director will notice by its missing heartbeats, and its health monitor makes it anew where resurrection is on.',
        ],
        repairs: ['resolve-problem', 'recreate-instance'],
        notBefore: (instance.vmCreated ?? 0) + 60_000,
      },
    ];
  },
};
