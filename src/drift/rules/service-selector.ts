import { addressSides, selects } from '../addresses.ts';
import type { Rule, VmCase } from '../rule.ts';

/** A Service of a machine that leads elsewhere, or nowhere. */
export const serviceSelector: Rule<VmCase> = {
  name: 'service-selector',
  director: 'none',
  holdMs: 2000,
  look(one) {
    const { pod, services } = one.vm;
    if (pod === undefined || pod.state === 'Terminating') return [];
    return (services ?? [])
      .filter((service) => !selects(service, pod))
      .map((service) => {
        const selector = Object.entries(service.selector).map(([key, value]) => `${key}=${value}`);
        const address = service.addresses.join(', ') || 'no address';
        return {
          severity: 'high',
          title: 'Service leads away',
          expected: `pod ${one.name}`,
          actual: selector.join(',') || 'no selector',
          sides: addressSides(one),
          explanation: [
            `Service ${service.name} (${address}) selects ${selector.join(' and ') || 'nothing'}, which pod ${one.name} does not have: somebody changed the selector.`,
            'Whoever reaches the machine by this address gets no answer, or that of another machine. The agent still reports over NATS, so BOSH stays green.',
          ],
          repairs: ['mend-service'],
          about: { kind: 'service', name: service.name, uid: service.uid },
        };
      });
  },
};
