import { hasContext } from '../belief.ts';
import type { DiskCase, Rule } from '../rule.ts';

/** Somebody relies on a disk whose claim is gone. */
export const diskMissing: Rule<DiskCase> = {
  name: 'disk-missing',
  director: 'useful',
  holdMs: 5000,
  look({ name, disk, bosh }) {
    if (disk.row !== undefined) return [];
    const holder = disk.attachment?.leaving === false ? disk.attachment.vm : undefined;
    const user = disk.users.find(({ state }) => state !== 'Terminating')?.instance ?? holder;
    // a context may be another cluster; a disk of another CPI has a name like ours
    const recorded = (bosh?.active ?? []).filter(({ cid, scan }) => {
      const isElsewhere = hasContext(cid) || scan?.disks.some((one) => hasContext(one) && one.endsWith(name)) === true;
      const isOurs = cid === undefined ? bosh?.belief.isAllOurs === true : cid.startsWith('agent-');
      return !isElsewhere && isOurs;
    });
    const [instance] = recorded;
    if (instance === undefined && user === undefined) return [];
    const who = instance === undefined ? user : `${instance.group}/${instance.index}`;
    return [
      {
        severity: 'high',
        title: 'disk gone',
        expected: `claim ${name}`,
        actual: 'no claim',
        sides: [
          {
            source: 'Director scan',
            value: instance === undefined ? '–' : `${instance.group}/${instance.index}`,
            note: bosh === undefined ? 'not known without a Director' : undefined,
          },
          { source: 'claim', value: '–', note: undefined },
          { source: 'machine', value: user ?? '–', note: undefined },
        ],
        explanation: [
          `${who} has disk ${name}, but its claim is gone: somebody deleted it behind BOSH's back.`,
          "The data is lost unless the volume's reclaim policy was Retain, or there is a snapshot. The instance cannot be recreated or moved while BOSH means it to have this disk.",
        ],
        repairs: instance === undefined ? [] : ['resolve-problem'],
      },
    ];
  },
};
