import { hasContext } from '../belief.ts';
import type { DiskCase, Rule } from '../rule.ts';

/** A disk that the Director recorded for a machine which runs without it. */
export const diskDetached: Rule<DiskCase> = {
  name: 'disk-detached',
  director: 'needed',
  holdMs: 10_000,
  look({ name, disk, bosh }) {
    const { row, users } = disk;
    if (row === undefined || row.machine !== undefined || users.length > 0 || bosh === undefined) return [];
    const instance = bosh.active.find(({ scan }) => scan?.state === 'started');
    // a machine that does not run is told as such
    if (instance?.cid === undefined || hasContext(instance.cid) || !bosh.isRunning(instance)) return [];
    const who = `${instance.group}/${instance.index}`;
    return [
      {
        severity: 'high',
        title: 'disk not attached',
        expected: who,
        actual: 'no machine',
        sides: [
          { source: 'Director scan', value: who, note: instance.cid },
          { source: 'claim', value: row.phase, note: row.volume && `volume ${row.volume}` },
          { source: 'machine', value: '–', note: 'no pod has it' },
        ],
        explanation: [
          `The Director recorded disk ${name} for ${who}, but the machine runs without it: somebody removed its attachment, or changed the pod.`,
          'Its jobs write to a store that is not the disk: what they write is lost with the pod.',
        ],
        repairs: ['reattach-disk', 'recreate-instance'],
      },
    ];
  },
};
