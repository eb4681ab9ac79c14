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
    const who = users[0]?.instance ?? attachment.vm;
    return [
      {
        severity: attachment.leaving ? 'medium' : 'high',
        title: attachment.leaving ? 'disk does not leave' : 'disk does not come',
        expected: attachment.leaving ? 'gone' : `mounted in ${who}`,
        actual: reason,
        sides: [
          { source: 'attachment', value: attachment.name, note: attachment.node && `on ${attachment.node}` },
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
