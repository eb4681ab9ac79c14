import { planDeleteOrphan } from '../actions/disks/delete.ts';
import { planOrphanDisk } from '../actions/disks/orphan.ts';
import { listOrphans, type Orphan, planAdoptOrphan } from '../actions/disks/orphans.ts';
import { parseCid } from '../bosh/cid.ts';
import { commonUsage, type ParsedAction, parseActionArgs, requireWords } from './action-args.ts';
import { type ActionCommand, runAction } from './action-run.ts';
import { openSite } from './action-site.ts';

const command: ActionCommand = {
  name: 'orphan',
  extra: {
    adopt: { type: 'boolean' },
    delete: { type: 'boolean' },
    snapshot: { type: 'boolean' },
    list: { type: 'boolean' },
  },
  usage: `kubernetes-cpi orphan DISK            takes a disk away from its machine and keeps it
kubernetes-cpi orphan DISK --adopt    keeps a disk that no machine has and no Director knows
kubernetes-cpi orphan DISK --delete   deletes an orphan with its data, for good; --snapshot cuts one before
kubernetes-cpi orphan --list          the disks of the namespace that were set aside on Kubernetes
${commonUsage}`,
  read({ words, flag, args }) {
    const [disk = ''] = requireWords(words, 'DISK');
    if (flag('adopt') && flag('delete')) throw new Error('--adopt and --delete exclude each other');
    if (flag('snapshot') && !flag('delete')) throw new Error('--snapshot goes with --delete');
    const { name } = parseCid(disk, 'disk');
    return ({ site, namespace }) => {
      const ref = { namespace, name };
      if (flag('adopt')) return planAdoptOrphan(site, ref);
      if (flag('delete')) return planDeleteOrphan(site, ref, { snapshot: flag('snapshot') });
      return planOrphanDisk(site, ref, { through: args.through });
    };
  },
};

/** `orphan`: sets disks aside, adopts, lists and finally deletes them. */
export async function runOrphan(args: readonly string[]): Promise<void> {
  const listed = listing(args);
  if (listed === undefined) return await runAction(command, args);
  try {
    const { site, namespace, close } = await openSite(listed.args);
    try {
      const orphans = await listOrphans(site, namespace);
      process.stdout.write(
        listed.args.json ? `${JSON.stringify(orphans, undefined, 2)}\n` : orphans.map(lineOf).join(''),
      );
    } finally {
      close();
    }
  } catch (error) {
    process.stderr.write(`kubernetes-cpi orphan: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

/** A command line that asks for the list; every other one, wrong ones too, is an action's. */
function listing(args: readonly string[]): ParsedAction | undefined {
  try {
    const parsed = parseActionArgs(args, command.extra);
    return parsed.flag('list') && !parsed.args.help && parsed.words.length === 0 ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function lineOf({ name, size, since, instance, by }: Orphan): string {
  return `${name}  ${size}  since ${since}  ${instance === undefined ? 'of no machine' : `from ${instance}`}  by ${by}\n`;
}
