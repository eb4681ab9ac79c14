import test, { type ExecutionContext } from 'ava';
import { waitFor } from '../../cluster/wait.ts';
import type { Flavour } from '../../stemcell/build.ts';
import { missingForMachines } from '../node.ts';
import { createDisk, createMachine, type Machine } from './machine.ts';
import { openSite, type Site } from './site.ts';

// What the whole is for: disks come and go, and the machine does not notice. The one part that is run on each init.
const missing = missingForMachines();
const flavours = (process.env.STEMCELL_FLAVOURS ?? 'runit').split(',') as Flavour[];
const run = missing.length === 0 ? test.serial : test.serial.skip;

/** Starts a process in the machine that appends one number after the other to a file, and notes when it could not. */
async function startWriter(machine: Machine, file: string): Promise<void> {
  const script = `n=0; while :; do n=$((n + 1)); echo $n >> ${file} || echo $n >> /var/vcap/data/missed; sleep 0.02; done`;
  await machine.sh(`setsid bash -c '${script}' writer < /dev/null > /dev/null 2>&1 & echo $! > ${file}.pid`);
}

/** Ends a writer; it must be the process that was started, and have written every number. */
async function stopWriter(t: ExecutionContext, machine: Machine, file: string): Promise<void> {
  await machine.sh(`kill $(cat ${file}.pid)`);
  const numbers = (await machine.sh(`cat ${file}`)).split('\n').map(Number);
  t.deepEqual(
    numbers.slice(0, -1),
    Array.from({ length: numbers.length - 1 }, (_, index) => index + 1),
    file,
  );
  t.is(await machine.sh('cat /var/vcap/data/missed 2> /dev/null || true'), '');
}

async function play(t: ExecutionContext, site: Site): Promise<void> {
  const machine = await createMachine(site);
  const [first, second] = [await createDisk(site), await createDisk(site)];
  await machine.sh('echo mark > /var/vcap/data/mark');
  await startWriter(machine, '/var/vcap/data/always');
  const before = await machine.identity();

  await machine.attach(first);
  await machine.sh('echo first > /var/vcap/store/file');
  await startWriter(machine, '/var/vcap/store/log');
  t.deepEqual(await machine.identity(), before, 'after the first attach');

  await machine.attach(second);
  await machine.sh('mountpoint -q /var/vcap/store_migration_target');
  t.deepEqual(((await machine.agent('list_disk')) as string[]).toSorted(), [first, second].toSorted());
  t.deepEqual(await machine.cpi('get_disks'), [first, second]);
  t.deepEqual(await machine.identity(), before, 'with two disks');

  // a Director stops the jobs, copies, and lets the old disk go
  await stopWriter(t, machine, '/var/vcap/store/log');
  await machine.agent('migrate_disk');
  await machine.detach(first);
  t.is(await machine.sh('cat /var/vcap/store/file'), 'first', 'copied to the second disk');
  t.deepEqual(await machine.agent('list_disk'), [second]);
  await machine.sh('echo second > /var/vcap/store/file');
  t.deepEqual(await machine.identity(), before, 'after the migration');

  await machine.detach(second);
  t.deepEqual(await machine.agent('list_disk'), []);
  await machine.attach(first);
  t.is(await machine.sh('cat /var/vcap/store/file'), 'first', 'the old disk as it was left');
  await machine.detach(first);
  await machine.attach(second);
  t.is(await machine.sh('cat /var/vcap/store/file'), 'second');
  t.deepEqual(await machine.identity(), before, 'after all');
  await stopWriter(t, machine, '/var/vcap/data/always');

  // a job's supervisor goes on after a reboot, with the store of before it
  await machine.restart(() => machine.cpi('reboot_vm'));
  t.is(await machine.sh('cat /var/vcap/store/file /var/vcap/data/mark'), 'second\nmark');
  t.deepEqual(await machine.agent('list_disk'), [second]);
  await machine.cpi('delete_vm');
  for (const disk of [first, second]) await site.cpi('delete_disk', [disk]);
  await waitFor('no object is left', 30_000, async () => (await site.objects()).length === 0 || undefined);
  t.deepEqual(await site.leftovers(), []);
}

for (const flavour of flavours) {
  run(`${flavour}: disks come, grow by copy and go, and the machine is the same all the while`, async (t) => {
    t.timeout(900_000);
    const site = await openSite(flavour);
    try {
      await play(t, site);
    } finally {
      await site.close();
    }
  });
}
