import type { DiskCase, Rule } from '../rule.ts';

/** A disk that the Director gave up and that a machine still has: to orphan a disk does not detach it. */
export const diskOrphanedStillAttached: Rule<DiskCase> = {
  name: 'disk-orphaned-still-attached',
  director: 'needed',
  holdMs: 5000,
  look({ name, disk, bosh }) {
    const orphan = bosh?.orphan;
    const { row, users, attachment } = disk;
    if (orphan === undefined || row === undefined || row.phase === 'Terminating') return [];
    const user = users.find(({ state }) => state !== 'Terminating');
    const holder = user?.instance ?? (attachment?.leaving === false ? attachment.vm : undefined);
    if (holder === undefined) return [];
    const when = new Date(orphan.orphaned).toISOString();
    return [
      {
        severity: 'high',
        title: 'orphan in use',
        expected: 'detached',
        actual: holder,
        sides: [
          { source: 'Director record', value: 'orphaned', note: `since ${when}, once of ${orphan.instance}` },
          { source: 'claim', value: row.phase, note: row.volume && `volume ${row.volume}` },
          { source: 'machine', value: holder, note: user?.node && `on ${user.node}` },
        ],
        explanation: [
          `The Director orphaned disk ${name} on ${when}, but ${holder} still has it: orphan-disk changes the Director's records alone.`,
          'What jobs write to it now is deleted with the orphan, by clean-up or after its days of grace; a deletion waits until the machine lets go, and then takes the data.',
        ],
        repairs: ['reattach-disk', 'orphan-disk'],
      },
    ];
  },
};
