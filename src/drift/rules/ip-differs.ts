import { addressSides, hasAddress } from '../addresses.ts';
import type { Draft, Rule, VmCase } from '../rule.ts';

/** A pod that has lived for so long did not get its address from a call that is under way. */
const settledMs = 30_000;

/**
 * A machine answers elsewhere than BOSH believes. The Director does not notice: it speaks to agents over NATS, so `vms`, `instances` and `cck` stay green.
 */
export const ipDiffers: Rule<VmCase> = {
  name: 'ip-differs',
  director: 'useful',
  holdMs: 5000,
  look(one) {
    const { now, vm, bosh, isMadeBehind } = one;
    const { pod, services } = vm;
    if (pod === undefined || pod.state === 'Terminating' || pod.addresses.length === 0) return [];
    // what is stopped owes no answer
    if (bosh?.scan !== undefined && bosh.scan.state !== 'started') return [];
    const recorded = bosh?.instance?.ips ?? [];
    const promised = pod.promised?.split(',') ?? [];
    if (promised.length === 0 && (recorded.length === 0 || pod.addresses.some((ip) => hasAddress(recorded, ip))))
      return [];
    const held = [...pod.addresses, ...(services ?? []).flatMap(({ addresses }) => addresses)];
    // without the right to read Services nobody knows whether one has the address
    const lost = services === undefined ? [] : promised.filter((address) => !hasAddress(held, address));
    const wrong = recorded.length === 0 ? [] : promised.filter((address) => !hasAddress(recorded, address));
    if (promised.length > 0 && lost.length + wrong.length === 0) return [];

    const isCertain = isMadeBehind || pod.created + settledMs < now;
    const draft = { severity: 'high', title: 'IP differs', sides: addressSides(one), isCertain } as const;
    const [actual = ''] = pod.addresses;
    if (lost.length > 0) {
      return [
        {
          ...draft,
          expected: lost.join(', '),
          actual,
          explanation: [
            `BOSH was promised ${lost.join(', ')}, but neither the pod nor a Service of the machine has it; the pod has ${actual}.`,
            'Everything that reaches the machine by its address fails: links, BOSH DNS and jobs that were given the address.',
            'The agent still reports over NATS, so bosh vms, instances and cck stay green.',
          ],
          repairs: ['recreate-instance'],
        },
      ];
    }

    if (wrong.length > 0) return [{ ...draft, ...annotated(wrong, recorded, held) }];
    return [
      {
        ...draft,
        expected: recorded.join(', '),
        actual: pod.addresses.join(', '),
        explanation: [
          `The Director recorded ${recorded.join(', ')} when the machine was made; its pod was made again since and now has ${actual}.`,
          'Links, BOSH DNS and jobs still use the recorded address: it leads nowhere, or to another pod that has it by now.',
          'The agent still reports over NATS, so bosh vms, instances and cck stay green. Only recreate or deploy mends it; restart does not.',
        ],
        repairs: ['recreate-instance'],
      },
    ];
  },
};

/** The pod's annotation names another address than the Director. */
function annotated(
  promised: readonly string[],
  recorded: readonly string[],
  held: readonly string[],
): Pick<Draft, 'expected' | 'actual' | 'explanation' | 'repairs'> {
  const [director = ''] = recorded;
  const isReached = hasAddress(held, director);
  return {
    expected: director,
    actual: promised.join(', '),
    explanation: [
      `The Director recorded ${recorded.join(', ')}, the pod is annotated with ${promised.join(', ')}: somebody changed the one or the other.`,
      isReached
        ? `The machine still answers on ${director}; only the annotation is wrong, which the console and the next comparison go by.`
        : `The machine does not answer on ${director}: everything that BOSH told this address fails.`,
    ],
    repairs: isReached ? ['correct-address'] : ['recreate-instance'],
  };
}
