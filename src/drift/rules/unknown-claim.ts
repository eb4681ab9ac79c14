import { formatSize } from '../../inventory/format.ts';
import { ownerOf } from '../belief.ts';
import type { DiskCase, Rule } from '../rule.ts';

/** How long a claim may be unknown: create_disk answers before the Director writes the disk down. */
const namedMs = 120_000;
const unnamedMs = 900_000;

/** A disk that its Director neither uses nor keeps as an orphan. */
export const unknownClaim: Rule<DiskCase> = {
  name: 'unknown-claim',
  director: 'needed',
  holdMs: 5000,
  look({ name, disk, bosh }) {
    const { row, users } = disk;
    if (row === undefined || row.phase === 'Terminating' || bosh === undefined) return [];
    const { belief, orphan } = bosh;
    if (orphan !== undefined || belief.disks.has(name)) return [];
    // set aside by an operator, as long as it is marked so
    if (row.labels.orphaned !== undefined) return [];
    // only when all was asked can it be said that nobody has it
    if (!belief.isWhole || bosh.scanned === undefined || bosh.scanned < row.created) return [];
    const owner = ownerOf(row.labels, belief);
    if (owner === 'another') return [];
    const user = users.find(({ state }) => state !== 'Terminating')?.instance ?? row.machine;
    const answeredBy = Number(row.labels.unanswered ?? 0) * 1000;
    const size = formatSize(row.capacity ?? row.size);
    return [
      {
        severity: user === undefined ? 'low' : 'high',
        title: 'unknown claim',
        expected: 'no claim',
        actual: `${size}, ${row.phase}, ${user === undefined ? 'unused' : `in use by ${user}`}`,
        sides: [
          { source: 'Director record', value: '–', note: `neither in use nor orphaned, says ${belief.director}` },
          {
            source: 'claim',
            value: row.phase,
            note: `${size}${row.volume === undefined ? '' : `, volume ${row.volume}`}`,
          },
          { source: 'machine', value: user ?? '–', note: undefined },
        ],
        explanation: [
          `${belief.director} has no disk ${name}: it is in use by no instance and not among the orphans. A create_disk or delete_disk was cut short, or the Director was restored from an older backup.`,
          user === undefined
            ? 'It costs its room and holds data that BOSH will never use or delete.'
            : `${user} has it nevertheless: with its next recreation the machine comes without this disk.`,
          ...(owner === 'unsaid' ? ['No Director has put its metadata on it: it may be of another one.'] : []),
        ],
        repairs: user === undefined ? ['delete-claim'] : [],
        notBefore: Math.max(row.created + (owner === 'mine' ? namedMs : unnamedMs), answeredBy),
      },
    ];
  },
};
