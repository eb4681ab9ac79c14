import type { DiskCase, Rule } from '../rule.ts';

/** A disk that was deleted while a machine has it: Kubernetes keeps it for as long as a pod uses it, and no longer. */
export const diskLeaving: Rule<DiskCase> = {
  name: 'disk-leaving',
  director: 'none',
  holdMs: 10_000,
  look({ name, disk }) {
    const { row, users } = disk;
    const user = users.find(({ state }) => state !== 'Terminating');
    if (row?.phase !== 'Terminating' || user === undefined) return [];
    return [
      {
        severity: 'high',
        title: 'disk is deleted',
        expected: 'Bound',
        actual: `Terminating, in use by ${user.instance}`,
        sides: [
          { source: 'claim', value: 'Terminating', note: row.volume && `volume ${row.volume}` },
          { source: 'machine', value: user.instance, note: user.node && `on ${user.node}` },
        ],
        explanation: [
          `Somebody deleted claim ${name} while ${user.instance} has it. A deletion cannot be taken back; it waits only for the pod.`,
          'With the next restart, recreation or detach the disk and its data are gone. Save the data first: by a snapshot, or by setting the reclaim policy of its volume to Retain.',
        ],
        repairs: [],
      },
    ];
  },
};
