/**
 * `npm run bench:hotplug`: attaches and detaches disks on a real node (root), under `hotplug` and, every few cycles, under `recreate`; writes the figures to
 * bench/results. The agent is the double, or the one that BOSH_AGENT names. Ends with 1 when a figure exceeds its limit.
 */
import { parseArgs } from 'node:util';
import { createDisk, createMachine, type Machine } from '../test/machine/hotplug/machine.ts';
import { type Attach, openSite, type Site } from '../test/machine/hotplug/site.ts';
import { describeMachine } from './machine.ts';
import { type Figure, keep, keepsLimit, markdown, type Section } from './report.ts';
import { median, p95 } from './statistics.ts';

/** Seconds of one strategy's calls. */
interface Samples {
  readonly attach: number[];
  readonly detach: number[];
}

/** Runs a call of the CPI and notes its seconds, the start of the process included. */
async function timed(samples: number[], call: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  await call();
  samples.push((performance.now() - started) / 1000);
}

async function bring(machine: Machine, disk: string, samples: Samples): Promise<void> {
  await timed(samples.attach, () => machine.cpi('attach_disk', disk));
  await machine.answers();
  await machine.agent('add_persistent_disk', disk, `/mnt/${disk}`);
  await machine.agent('mount_disk', disk);
}

async function take(machine: Machine, disk: string, samples: Samples): Promise<void> {
  await machine.agent('unmount_disk', disk);
  await machine.agent('remove_persistent_disk', disk);
  await timed(samples.detach, () => machine.cpi('detach_disk', disk));
}

/** One cycle: attach, write, detach, attach elsewhere, read. @throws when what was written is not there */
async function cycle(
  machines: readonly [Machine, Machine],
  disk: string,
  mark: string,
  samples: Samples,
): Promise<void> {
  const [here, there] = machines;
  await bring(here, disk, samples);
  await here.sh(`echo ${mark} >> /var/vcap/store/log`);
  await take(here, disk, samples);
  await bring(there, disk, samples);
  const read = await there.sh('tail -n 1 /var/vcap/store/log');
  if (read !== mark) throw new Error(`wrote ${mark}, read ${read}`);
  await take(there, disk, samples);
}

async function pair(site: Site, attach: Attach): Promise<[Machine, Machine]> {
  return [await createMachine(site, [], { attach }), await createMachine(site, [], { attach })];
}

function figures(name: string, { attach, detach }: Samples, limits?: { attach: number; detach: number }): Figure[] {
  const figure = (what: 'attach' | 'detach', values: readonly number[]): Figure => ({
    name: `${name}: ${what}_disk`,
    unit: 's',
    median: median(values),
    p95: p95(values),
    ...(limits !== undefined && { limit: limits[what] }),
  });
  return [figure('attach', attach), figure('detach', detach)];
}

async function measure(site: Site, cycles: number, every: number): Promise<Section> {
  const hotplug: Samples = { attach: [], detach: [] };
  const recreate: Samples = { attach: [], detach: [] };
  const [hot, cold] = [await pair(site, 'hotplug'), await pair(site, 'recreate')];
  const [disk, other] = [await createDisk(site), await createDisk(site)];
  const pods = async (): Promise<string> =>
    (
      await Promise.all(hot.map(async ({ vm }) => (await site.pod(vm))?.status?.containerStatuses?.[0]?.containerID))
    ).join();
  const before = await pods();
  for (let index = 0; index < cycles; index++) {
    await cycle(hot, disk, `hot-${index}`, hotplug);
    if (index % every === 0) await cycle(cold, other, `cold-${index}`, recreate);
    console.error(`cycle ${index + 1} of ${cycles}`);
  }
  if ((await pods()) !== before) throw new Error('a machine was restarted');
  const leaked = [...(await site.leftovers()).filter((name) => !name.startsWith('agent-'))];
  for (const machine of [...hot, ...cold]) await machine.cpi('delete_vm');
  for (const each of [disk, other]) await site.cpi('delete_disk', [each]);
  leaked.push(...(await site.leftovers()), ...(await site.objects()));
  return {
    name: 'Disks of running machines',
    about: `${cycles} cycles of attach, write, detach, attach elsewhere, read under \`hotplug\`, and after every ${every} of them one under \`recreate\`, on one node with the ${process.env.BOSH_AGENT === undefined ? 'double of the agent' : 'real agent'}: whole calls of the CPI, claims bound and images present. What was written was read each time, and no machine under \`hotplug\` was restarted.`,
    figures: [
      ...figures('hotplug', hotplug, { attach: 3, detach: 4 }),
      ...figures('recreate', recreate),
      { name: 'objects, mounts and folders left', unit: '', median: leaked.length, limit: 0 },
    ],
  };
}

const { values } = parseArgs({
  options: { cycles: { type: 'string', default: '50' }, every: { type: 'string', default: '5' } },
});
const machine = describeMachine();
const site = await openSite('runit');
try {
  const section = await measure(site, Number(values.cycles), Number(values.every));
  console.log(markdown(machine, [section]));
  keep('hotplug', machine, [section]);
  process.exitCode = section.figures.every(keepsLimit) ? 0 : 1;
} finally {
  await site.close();
}
