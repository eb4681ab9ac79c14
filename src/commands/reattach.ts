import { planReattachDisk } from '../actions/disks/reattach.ts';
import { parseCid } from '../bosh/cid.ts';
import { commonUsage, requireWords } from './action-args.ts';
import { type ActionCommand, runAction } from './action-run.ts';

const command: ActionCommand = {
  name: 'reattach',
  extra: {},
  usage: `kubernetes-cpi reattach DISK MACHINE: gives a disk to a machine, the one that had it or another

  MACHINE is a VM (agent-…), group/index or group/id, with deployment/ before it where several have such a one
${commonUsage}`,
  read({ words, args }) {
    const [disk = '', machine = ''] = requireWords(words, 'DISK', 'MACHINE');
    const { name } = parseCid(disk, 'disk');
    return ({ site, namespace }) => planReattachDisk(site, { namespace, name }, machine, { through: args.through });
  },
};

/** `reattach`: gives a disk to a machine. */
export async function runReattach(args: readonly string[]): Promise<void> {
  await runAction(command, args);
}
