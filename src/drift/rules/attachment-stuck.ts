import { conditionAt } from '../../inventory/pod-condition.ts';
import type { DiskCase, Rule } from '../rule.ts';

/** A disk does not come to its machine, or does not leave it. */
export const attachmentStuck: Rule<DiskCase> = {
  name: 'attachment-stuck',
  director: 'none',
  holdMs: 5000,
  look({ now, name, disk }) {
    const { attachment, row, users } = disk;
    // a claim that is gone or lost is told as such
    if (attachment === undefined || row === undefined || row.phase === 'Lost') return [];
    const { health, reason = '' } = conditionAt(attachment.condition, now);
    if (health !== 'problem') return [];
    const [machine] = users;
    // both wait for the same then, most often for an image, and the machine's own pod tells
    if (machine !== undefined && machine.state !== 'Running' && machine.state !== 'Terminating') return [];
    const who = machine?.instance ?? attachment.vm;
    return [
      {
        severity: attachment.leaving ? 'medium' : 'high',
        title: attachment.leaving ? 'disk does not leave' : 'disk does not come',
        expected: attachment.leaving ? 'gone' : `mounted in ${who}`,
        actual: reason.split(':', 1)[0] ?? reason,
        sides: [
          { source: 'attachment', value: attachment.name, note: reason },
          { source: 'claim', value: row.phase, note: row.volume && `volume ${row.volume}` },
          { source: 'machine', value: who, note: undefined },
        ],
        explanation: [
          `Pod ${attachment.name}, which attaches ${name} to ${who}: ${reason}.`,
          attachment.leaving
            ? 'Until it is gone the disk can be attached to no other machine.'
            : 'The machine is without this disk, and the call that attaches it fails when its time is over.',
        ],
        repairs: attachment.leaving ? [] : ['remove-attachment'],
        about: { kind: 'attachment', name: attachment.name, uid: attachment.uid },
      },
    ];
  },
};
