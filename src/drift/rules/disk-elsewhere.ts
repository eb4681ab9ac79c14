import { nameOf } from '../belief.ts';
import type { DiskCase, Draft, Rule } from '../rule.ts';

/** A disk that is with two machines, or with another than the Director recorded. */
export const diskElsewhere: Rule<DiskCase> = {
  name: 'disk-elsewhere',
  director: 'useful',
  holdMs: 5000,
  look({ name, disk, bosh }) {
    const users = disk.users.filter(({ state }) => state !== 'Terminating');
    if (disk.row === undefined || users.length === 0) return [];
    const instance = bosh?.active[0];
    const isRight = users.length === 1 && (instance?.cid === undefined || users[0]?.name === nameOf(instance.cid));
    if (isRight) return [];
    const recorded = instance && `${instance.group}/${instance.index}`;
    const having = users.map(({ instance }) => instance).join(', ');
    const draft: Pick<Draft, 'severity' | 'actual' | 'sides'> = {
      severity: 'high',
      actual: having,
      sides: [
        {
          source: 'Director scan',
          value: recorded ?? '–',
          note: bosh === undefined ? 'not known without a Director' : undefined,
        },
        ...users.map(({ instance, name, node }) => ({
          source: `pod ${name}`,
          value: instance,
          note: node && `on ${node}`,
        })),
      ],
    };
    if (users.length > 1) {
      return [
        {
          ...draft,
          title: 'disk in two machines',
          expected: recorded ?? 'one machine',
          explanation: [
            `${having} have disk ${name} at the same time: somebody made a pod or an attachment by hand, or a pod was forced away from a node that still runs it.`,
            'Two machines that write to one file system destroy it. Stop the one that should not have it before anything else.',
          ],
          repairs: [],
        },
      ];
    }
    return [
      {
        ...draft,
        title: 'disk elsewhere',
        expected: recorded ?? '',
        explanation: [
          `The Director recorded disk ${name} for ${recorded}, but ${having} has it: somebody attached it behind BOSH's back.`,
          `With its next change ${recorded} gets the disk back, and ${having} loses it under its jobs.`,
        ],
        repairs: ['reattach-disk'],
      },
    ];
  },
};
