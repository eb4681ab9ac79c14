import { type Answer, call, machineArguments, vmOf } from '../calls.ts';
import type { Section } from '../report.ts';
import type { Setting } from '../setting.ts';
import { median, p95 } from '../statistics.ts';

const machines = 200;
const callers = 32;

/** A Director's 32 workers create many machines, and delete them again. */
export async function manyMachines(setting: Setting): Promise<Section> {
  const agents = Array.from({ length: machines }, (_, index) => `bench-many-${index}`);
  const created = await inParallel(agents, (agent) => call(setting, 'create_vm', machineArguments(agent)));
  const vms = created.answers.filter(({ error }) => error === null).map(vmOf);
  const deleted = await inParallel(vms, (vm) => call(setting, 'delete_vm', [vm]));
  return {
    name: 'Many machines',
    about: `${machines} machines through ${callers} callers at once, then deleted in the same way; kwok nodes.`,
    figures: [...figures('create_vm', created), ...figures('delete_vm', deleted)],
  };
}

interface Outcome {
  readonly answers: readonly Answer[];
  readonly seconds: number;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<Answer>): Promise<Outcome> {
  const started = performance.now();
  const left = [...items];
  const answers: Answer[] = [];
  async function caller(): Promise<void> {
    for (let item = left.shift(); item !== undefined; item = left.shift()) answers.push(await work(item));
  }
  await Promise.all(Array.from({ length: callers }, caller));
  return { answers, seconds: (performance.now() - started) / 1000 };
}

function figures(name: string, { answers, seconds }: Outcome): Section['figures'] {
  const walls = answers.map(({ wallMs }) => wallMs);
  const failures = answers.filter(({ error }) => error !== null);
  for (const { error } of failures.slice(0, 3)) console.error(`${name}: ${error?.type}: ${error?.message}`);
  return [
    { name: `${name}: machines a second`, unit: '/s', median: answers.length / seconds },
    { name: `${name}: one call`, unit: 'ms', median: median(walls), p95: p95(walls) },
    { name: `${name}: failures`, unit: '', median: failures.length, limit: 0 },
  ];
}
