import type { Rule, VmCase } from '../rule.ts';

/** The pod that attached a disk to a machine that is gone. */
export const orphanedAttachment: Rule<VmCase> = {
  name: 'orphaned-attachment',
  director: 'none',
  holdMs: 10_000,
  look({ name, vm }) {
    if (vm.pod !== undefined || vm.record !== 'none') return [];
    return (vm.attachments ?? [])
      .filter(({ leaving }) => !leaving)
      .map((attachment) => ({
        severity: 'medium',
        title: 'attachment left over',
        expected: 'nothing',
        actual: `holds ${attachment.claim}`,
        sides: [
          { source: 'attachment', value: attachment.name, note: attachment.node && `on ${attachment.node}` },
          { source: 'disk', value: attachment.claim, note: undefined },
          { source: 'machine', value: '–', note: `${name} is gone` },
        ],
        explanation: [
          `Pod ${attachment.name} attaches ${attachment.claim} to ${name}, of which neither pod nor record is there.`,
          `The disk stays on ${attachment.node ?? 'its node'}: attached to a machine on another node it cannot be mounted there.`,
        ],
        repairs: ['remove-attachment'],
        about: { kind: 'attachment', name: attachment.name, uid: attachment.uid },
      }));
  },
};
