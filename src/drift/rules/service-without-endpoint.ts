import { addressSides, selects } from '../addresses.ts';
import type { Rule, VmCase } from '../rule.ts';

/** A Service of a machine behind which there is nothing. */
export const serviceWithoutEndpoint: Rule<VmCase> = {
  name: 'service-without-endpoint',
  director: 'useful',
  holdMs: 10_000,
  look(one) {
    const { vm, bosh, name } = one;
    const { pod, record, services = [] } = vm;
    if (pod?.state === 'Terminating') return [];
    if (pod !== undefined) {
      if (pod.ready || pod.addresses.length === 0 || pod.state !== 'Running') return [];
      return services
        .filter((service) => !service.leadsEarly && selects(service, pod))
        .map((service) => ({
          severity: 'medium',
          title: 'no endpoint',
          expected: pod.addresses[0] ?? '',
          actual: 'none until Ready',
          sides: addressSides(one),
          explanation: [
            `Service ${service.name} does not publish addresses that are not Ready: somebody changed publishNotReadyAddresses.`,
            'While the machine is not Ready nobody reaches it by its address, neither does it itself, which can keep its agent from coming up.',
          ],
          repairs: ['mend-service'],
          about: { kind: 'service', name: service.name, uid: service.uid },
        }));
    }
    // a VM that the Director has, or that has a record, is told as such
    if (record !== 'none' || bosh?.instance !== undefined || bosh?.orphan !== undefined) return [];
    return services.map((service) => ({
      severity: 'medium',
      title: 'Service left over',
      expected: 'nothing',
      actual: service.addresses.join(', ') || service.type,
      sides: [
        { source: `Service ${service.name}`, value: service.addresses.join(', ') || '–', note: 'no endpoint' },
        { source: 'pod', value: '–', note: undefined },
        { source: 'record', value: '–', note: undefined },
      ],
      explanation: [
        `Service ${service.name} is of VM ${name}, of which neither pod nor record is there.`,
        'It holds its address: a VM that is to get this address cannot be made.',
      ],
      repairs: [],
      about: { kind: 'service', name: service.name, uid: service.uid },
    }));
  },
};
