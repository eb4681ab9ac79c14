import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import test, { type ExecutionContext } from 'ava';
import { waitFor } from '../../cluster/wait.ts';
import type { Flavour } from '../../stemcell/build.ts';
import { isReady, missingForMachines, restartsOf } from '../node.ts';
import { attachmentOf, createDisk, createMachine, giveFileSystem, type Machine } from './machine.ts';
import { loseNode } from './mishaps.ts';
import { openSite, type Site } from './site.ts';

// What can happen to a machine with attached disks, caused for real. After each: the data is there, and its bookkeeping on
// the node is as it would be without the mishap.
const missing = missingForMachines();
const flavour = (process.env.STEMCELL_FLAVOURS ?? 'runit').split(',')[0] as Flavour;
let opened: Site | undefined;

function site(): Site {
  if (opened === undefined) throw new Error('the node did not start');
  return opened;
}

/** A machine with one disk as its store and a file on it. */
async function withStore(): Promise<{ machine: Machine; disk: string }> {
  const machine = await createMachine(site());
  const disk = await createDisk(site());
  await machine.attach(disk);
  await machine.sh('echo kept > /var/vcap/store/file && echo mark > /var/vcap/data/mark');
  return { machine, disk };
}

/** The store is the disk and has the file; the disk is mounted once, on the node and in the machine, and no pod is on its way out. */
async function isWhole(t: ExecutionContext, machine: Machine, disk: string): Promise<void> {
  t.is(await machine.sh('cat /var/vcap/store/file'), 'kept');
  const at = `/run/bosh-cpi/${site().namespace}/${machine.vm}/${disk}`;
  t.deepEqual(
    site()
      .node.mounts()
      .filter((mount) => mount.at.startsWith(at))
      .map((mount) => mount.at),
    [at],
  );
  const folder = await volume(disk);
  const seen = (await machine.mounts()).filter(({ root }) => root.endsWith(folder));
  t.deepEqual(seen.map((mount) => mount.at).toSorted(), [`/mnt/${disk}`, '/var/vcap/store']);
  t.deepEqual(await terminating(machine), []);
}

const volume = (disk: string) => site().volume(disk);

/** Pods of a machine, its attachments among them, that are on their way out. */
async function terminating({ vm }: Machine): Promise<readonly string[]> {
  const { items } = await site().admin.json<{ items: V1Pod[] }>({
    method: 'GET',
    path: `/api/v1/namespaces/${site().namespace}/pods`,
  });
  return items
    .filter(({ metadata }) => metadata?.name === vm || metadata?.labels?.['bosh.cloudfoundry.org/attached-to'] === vm)
    .filter(({ metadata }) => metadata?.deletionTimestamp !== undefined)
    .map(({ metadata }) => metadata?.name ?? '');
}

/** The disk goes as it always does, nothing of it stays behind, and another machine finds the file on it. */
async function leavesWell(t: ExecutionContext, machine: Machine, disk: string): Promise<void> {
  await machine.detach(disk);
  await machine.cpi('delete_vm');
  await isOnDisk(t, machine, disk);
}

async function isOnDisk(t: ExecutionContext, machine: Machine, disk: string): Promise<void> {
  t.deepEqual(await site().leftovers(disk), []);
  t.deepEqual(await terminating(machine), []);
  t.is(await site().node.sh(`cat /run/node/volumes/${await volume(disk)}/file`), 'kept');
  await site().cpi('delete_disk', [disk]);
}

/** Tests that leave the node alone are played together, so many at once. */
const lanes = Array.from({ length: 3 }, () => Promise.resolve());

function on(title: string, play: (t: ExecutionContext) => Promise<void>): void {
  const run = missing.length === 0 ? test : test.skip;
  run(title, async (t) => {
    t.timeout(900_000);
    const before = lanes.shift();
    const played = (async () => {
      await before;
      await play(t);
    })();
    lanes.push(played.catch(() => undefined));
    await played;
  });
}

/** Of a test that stops the kubelet: alone. */
function alone(title: string, play: (t: ExecutionContext) => Promise<void>): void {
  const run = missing.length === 0 ? test.serial : test.serial.skip;
  run(title, async (t) => {
    t.timeout(300_000);
    await play(t);
  });
}

test.before('a node', async (t) => {
  t.timeout(900_000);
  if (missing.length === 0) opened = await openSite(flavour);
});

on('the container of a machine is killed: it comes back with its store', async (t) => {
  const { machine, disk } = await withStore();
  const { uid, ip } = await machine.identity();
  await machine.restart(() => site().kill(machine.vm));
  const after = await machine.identity();
  t.deepEqual([after.uid, after.ip, after.data], [uid, ip, 'mark']);
  t.deepEqual(await machine.agent('list_disk'), [disk]);
  await isWhole(t, machine, disk);
  await leavesWell(t, machine, disk);
});

on('the container of an attachment is killed: the machine keeps its disk, and mounts do not pile up', async (t) => {
  const { machine, disk } = await withStore();
  const before = await machine.identity();
  for (const times of [1, 2]) {
    await site().kill(attachmentOf(disk));
    t.is(await machine.sh(`cat /mnt/${disk}/file`), 'kept', 'at once');
    await site().follow(attachmentOf(disk), (pod) => (restartsOf(pod) >= times && isReady(pod) ? true : undefined));
    await isWhole(t, machine, disk);
  }
  t.deepEqual(await machine.identity(), before);
  await leavesWell(t, machine, disk);
});

on('an attachment cannot be drained away; one that is gone is made again by whatever call comes next', async (t) => {
  const { machine, disk } = await withStore();
  const before = await machine.identity();
  const path = `/api/v1/namespaces/${site().namespace}/pods/${attachmentOf(disk)}`;
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: attachmentOf(disk) } };
  await t.throwsAsync(
    site().admin.json({ method: 'POST', path: `${path}/eviction`, body: eviction }),
    { message: /disruption budget/ },
    'evicted',
  );

  await machine.sh(`for i in {1..50}; do echo $i >> /var/vcap/store/log; sleep 0.1; done > /dev/null 2>&1 &`);
  await site().admin.json({ method: 'DELETE', path, body: { gracePeriodSeconds: 0 } });
  t.is(await machine.cpi('attach_disk', disk), `/mnt/${disk}`);
  await isWhole(t, machine, disk);
  await waitFor(
    'all is written',
    20_000,
    async () => (await machine.sh('wc -l < /var/vcap/store/log')) === '50' || undefined,
  );
  t.deepEqual(await machine.identity(), before);

  await site().admin.json({ method: 'DELETE', path, body: { gracePeriodSeconds: 0 } });
  await leavesWell(t, machine, disk);
});

on('somebody deletes the pod of a machine: it is made again with its disk, or anew with it', async (t) => {
  const { machine, disk } = await withStore();
  const { uid } = await machine.identity();
  const path = `/api/v1/namespaces/${site().namespace}/pods/${machine.vm}`;
  await site().admin.json({ method: 'DELETE', path, body: { gracePeriodSeconds: 1 } });
  await site().follow(machine.vm, (pod) => (pod === undefined ? true : undefined));
  await machine.cpi('reboot_vm');
  await machine.answers();
  t.not((await site().pod(machine.vm))?.metadata?.uid, uid);
  await machine.attach(disk);
  await isWhole(t, machine, disk);

  // cloud-check makes it anew
  await site().admin.json({ method: 'DELETE', path, body: { gracePeriodSeconds: 0 } });
  await machine.cpi('delete_vm');
  const next = await createMachine(site(), [disk]);
  await next.attach(disk);
  await isWhole(t, next, disk);
  await leavesWell(t, next, disk);
});

alone('the kubelet is stopped: machines go on, a call says what it waits for and succeeds later', async (t) => {
  const { machine, disk } = await withStore();
  const other = await createDisk(site());
  const before = await machine.identity();
  await machine.sh('for i in {1..100}; do echo $i >> /var/vcap/store/log; sleep 0.1; done > /dev/null 2>&1 &');
  await site().node.stopKubelet();
  try {
    await t.throwsAsync(machine.cpi('attach_disk', other), { message: /connection refused/ });
  } finally {
    await site().node.startKubelet();
  }
  t.is(await machine.cpi('attach_disk', other), `/mnt/${other}`);
  await machine.sh(`echo kept > /mnt/${other}/file`);
  await waitFor(
    'all is written',
    20_000,
    async () => (await machine.sh('wc -l < /var/vcap/store/log')) === '100' || undefined,
  );
  t.deepEqual(await machine.identity(), before);
  await isWhole(t, machine, disk);
  await machine.cpi('detach_disk', other);
  await leavesWell(t, machine, disk);
  await isOnDisk(t, machine, other);
});

alone(
  'the node reboots and the machine is up first: it waits, its agent never comes up on an empty store',
  async (t) => {
    const { machine, disk } = await withStore();
    await loseNode(site(), [machine.vm, attachmentOf(disk)], [attachmentOf(disk)], async () => {
      await waitFor(
        'it waits',
        20_000,
        async () => (await machine.sh('pgrep -f "entrypoint" | head -1')) !== '' || undefined,
      );
      t.is(await machine.sh('pgrep -x bosh-agent || true'), '');
    });
    await machine.answers();
    await isWhole(t, machine, disk);
    await leavesWell(t, machine, disk);
  },
);

alone('the node reboots and the attachment is up first', async (t) => {
  const { machine, disk } = await withStore();
  await loseNode(site(), [machine.vm, attachmentOf(disk)], [machine.vm]);
  await machine.answers();
  await isWhole(t, machine, disk);
  t.is((await machine.identity()).data, 'mark');
  await leavesWell(t, machine, disk);
});

on('a disk is full: the machine lives, and the disk goes and comes', async (t) => {
  const machine = await createMachine(site());
  const disk = await createDisk(site(), 4);
  await giveFileSystem(site(), disk, 4);
  await machine.attach(disk);
  await machine.sh('echo kept > /var/vcap/store/file');
  t.regex(await machine.sh('cat /dev/zero 2>&1 > /var/vcap/store/big || true'), /No space left/);
  await machine.sh('echo mark > /var/vcap/data/mark');
  await machine.restart(() => site().kill(machine.vm));
  await machine.detach(disk);
  await machine.attach(disk);
  t.is(
    await machine.sh('cat /var/vcap/store/file && rm /var/vcap/store/big && echo room > /var/vcap/store/more'),
    'kept',
  );
  await leavesWell(t, machine, disk);
});

for (const path of ['/var/vcap/store', '/mnt/DISK'] as const) {
  on(
    `a process holds a file below ${path}: the error names it, nothing has changed, and once it ended the disk goes`,
    async (t) => {
      const { machine, disk } = await withStore();
      const before = await machine.identity();
      const held = path.replace('DISK', disk);
      await machine.sh(
        `setsid sleep 1000 3>> ${held}/file < /dev/null > /dev/null 2>&1 & echo $! > /var/vcap/data/pid`,
      );
      const pid = await machine.sh('cat /var/vcap/data/pid');
      await t.throwsAsync(machine.cpi('detach_disk', disk), { message: new RegExp(`${pid} sleep .*/file`) });
      t.deepEqual(await machine.cpi('get_disks'), [disk]);
      t.deepEqual(await machine.identity(), before);
      await machine.sh(`echo more >> /mnt/${disk}/log`);
      t.deepEqual(await terminating(machine), []);
      await machine.sh(`kill ${pid}`);
      await machine.cpi('detach_disk', disk);
      t.deepEqual(
        (await machine.mounts()).filter(({ at }) => /^\/(mnt\/|var\/vcap\/store)/.test(at)),
        [],
      );
      await machine.cpi('delete_vm');
      await isOnDisk(t, machine, disk);
    },
  );
}

on('a machine whose agent is dead is deleted with its disks attached and in use', async (t) => {
  const { machine, disk } = await withStore();
  const second = await createDisk(site());
  await machine.attach(second);
  await machine.sh('echo kept > /var/vcap/store_migration_target/file');
  await machine.sh('setsid sleep 1000 3>> /var/vcap/store/file < /dev/null > /dev/null 2>&1 &');
  await machine.sh('rm -f /var/vcap/bosh/bin/bosh-agent; pkill -x bosh-agent; pkill bosh-agent || true');
  await machine.cpi('delete_vm');
  t.false(await machine.cpi('has_vm'));
  for (const each of [disk, second]) await isOnDisk(t, machine, each);
});

on('a machine made under one strategy is driven under the other, and back, and keeps its data', async (t) => {
  const { machine, disk } = await withStore();
  const second = await createDisk(site());
  const { uid, credentials } = await machine.identity();
  // one recreation, after which the machine is one of the other strategy
  t.is(await site().cpi('attach_disk', [machine.vm, second], 'recreate'), `/mnt/${second}`);
  await machine.answers();
  const recreated = await machine.identity();
  t.not(recreated.uid, uid);
  t.is(recreated.credentials, credentials);
  t.is(await machine.sh('cat /var/vcap/store/file'), 'kept');
  t.deepEqual(await site().leftovers(disk), [], 'its pod mounts its disks itself');
  await machine.sh(`echo kept > /mnt/${second}/file`);

  // and once back
  await site().cpi('detach_disk', [machine.vm, second], 'hotplug');
  await machine.answers();
  const back = await machine.identity();
  t.not(back.uid, recreated.uid);
  t.is(back.credentials, credentials);
  await isWhole(t, machine, disk);
  await site().cpi('attach_disk', [machine.vm, second], 'auto');
  t.deepEqual(await machine.identity(), back, 'from here on it stays as it is');
  t.is(await machine.sh(`cat /mnt/${second}/file`), 'kept');
  await site().cpi('detach_disk', [machine.vm, second], 'auto');
  t.deepEqual(await machine.identity(), back);
  await leavesWell(t, machine, disk);
  await isOnDisk(t, machine, second);
});

test.after.always('nothing is left', async (t) => {
  if (opened === undefined) return;
  try {
    t.deepEqual([await opened.leftovers(), await opened.objects()], [[], []]);
  } finally {
    await opened.close();
  }
});
