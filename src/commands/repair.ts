import { planRepair } from '../actions/repair.ts';
import { planResolveProblem } from '../actions/vms/problem.ts';
import type { Finding, RepairName } from '../drift/model.ts';
import { commonUsage, requireWords } from './action-args.ts';
import { type ActionCommand, runAction } from './action-run.ts';
import { readDrift } from './drift-read.ts';

const repairNames: readonly RepairName[] = [
  'recreate-instance',
  'restart-agent',
  'reboot-vm',
  'finish-vm',
  'mend-service',
  'correct-address',
  'remove-attachment',
  'delete-vm',
  'delete-claim',
  'orphan-disk',
  'reattach-disk',
  'resolve-problem',
];

const command: ActionCommand = {
  name: 'repair',
  extra: { with: { type: 'string' }, resolution: { type: 'string' } },
  usage: `kubernetes-cpi repair FINDING: mends what drift has found

  FINDING is an id that kubernetes-cpi drift --json prints
  --with REPAIR          which of its repairs, where it has several
  --resolution NAME      with resolve-problem: which of the Director's resolutions
${commonUsage}
Repairs: ${repairNames.join(', ')}
`,
  read({ words, text, args }) {
    const [id = ''] = requireWords(words, 'FINDING');
    const wanted = text('with');
    const resolution = text('resolution');
    const repair = repairNames.find((name) => name === wanted);
    if (wanted !== undefined && repair === undefined) {
      throw new Error(`--with: there is no repair ${wanted}. There are: ${repairNames.join(', ')}`);
    }
    if (args.through !== undefined) throw new Error('--through: a repair goes the way that is its own');
    return async ({ site, cluster, director, namespace }) => {
      const { findings, notes } = await readDrift(cluster, director, namespace, { scan: true });
      const finding = findings.find((each) => each.id === id);
      if (finding === undefined) throw new Error(unknown(id, findings, notes));
      const chosen = repair ?? onlyRepair(finding);
      if (chosen === 'resolve-problem' && resolution !== undefined && finding.repairs.includes(chosen)) {
        return await planResolveProblem(site, finding.subject, resolution);
      }
      return await planRepair(site, finding, chosen);
    };
  },
};

/** `repair`: mends a finding of drift. */
export async function runRepair(args: readonly string[]): Promise<void> {
  await runAction(command, args);
}

function onlyRepair({ repairs, title, subject }: Finding): RepairName {
  const [first, second] = repairs;
  if (first === undefined) throw new Error(`${title} of ${subject.label}: a person must look at it, no repair is safe`);
  if (second !== undefined)
    throw new Error(`${title} of ${subject.label}: choose one by --with: ${repairs.join(', ')}`);
  return first;
}

function unknown(id: string, findings: readonly Finding[], notes: readonly string[]): string {
  const ids = findings.length === 0 ? 'there is no drift' : `there are: ${findings.map((each) => each.id).join(', ')}`;
  return [`no finding ${id} now; ${ids}`, ...notes].join('\n');
}
