import type { DiskCase, Rule } from '../rule.ts';

/** A claim whose volume is gone. */
export const diskLost: Rule<DiskCase> = {
  name: 'disk-lost',
  director: 'none',
  holdMs: 2000,
  look({ name, disk }) {
    const { row, users } = disk;
    if (row?.phase !== 'Lost') return [];
    return [
      {
        severity: 'high',
        title: 'volume gone',
        expected: `volume ${row.volume ?? ''}`,
        actual: 'Lost',
        sides: [
          { source: 'claim', value: row.phase, note: row.storageClass },
          { source: 'volume', value: '–', note: row.volume },
          { source: 'machine', value: users[0]?.instance ?? '–', note: undefined },
        ],
        explanation: [
          `Claim ${name} is there, but volume ${row.volume ?? ''} behind it was deleted.`,
          'A machine that has it mounted may go on until its pod is made anew; after that it does not start. The data is lost unless the storage behind the volume is still there, or a snapshot: restore it before anything is recreated.',
        ],
        repairs: [],
      },
    ];
  },
};
