import test from 'ava';
import type { Flavour } from '../../stemcell/build.ts';
import { missingForMachines } from '../node.ts';
import { attachmentOf, createDisk, createMachine, giveFileSystem } from './machine.ts';
import { openSite, type Site } from './site.ts';

// The orders in which a Director calls the CPI and the agent about disks of a machine that runs (seen on a real one).
const missing = missingForMachines();
const flavour = (process.env.STEMCELL_FLAVOURS ?? 'runit').split(',')[0] as Flavour;
let opened: Site | undefined;
const run = missing.length === 0 ? test : test.skip;

function site(): Site {
  if (opened === undefined) throw new Error('the node did not start');
  return opened;
}

test.before('a node', async (t) => {
  t.timeout(900_000);
  if (missing.length === 0) opened = await openSite(flavour);
});

const sizeSeen = "df -m /var/vcap/store | awk 'NR == 2 { print $2 }'";

run('a disk grows between detach and attach, and attached, and the machine sees it without a restart', async (t) => {
  t.timeout(600_000);
  const machine = await createMachine(site());
  const disk = await createDisk(site(), 32);
  const grow = await giveFileSystem(site(), disk, 32);
  await machine.attach(disk);
  await machine.sh('echo kept > /var/vcap/store/file && echo mark > /var/vcap/data/mark');
  t.is(await machine.sh(sizeSeen), '32');
  const before = await machine.identity();

  await machine.detach(disk);
  t.deepEqual(await machine.agent('list_disk'), []);
  t.deepEqual(await machine.cpi('get_disks'), []);
  await site().cpi('resize_disk', [disk, 64]);
  await grow(64);
  await machine.attach(disk);
  t.is(await machine.sh(`${sizeSeen}; cat /var/vcap/store/file`), '64\nkept');

  await site().cpi('resize_disk', [disk, 96]);
  await grow(96);
  t.is(await machine.sh(sizeSeen), '96', 'while it is attached');
  t.deepEqual(await machine.identity(), before);
  await machine.cpi('delete_vm');
  await site().cpi('delete_disk', [disk]);
});

run('a disk that was orphaned, and so never detached, is attached again at once', async (t) => {
  t.timeout(600_000);
  const [machine, other] = [await createMachine(site()), await createMachine(site())];
  const disk = await createDisk(site());
  await machine.attach(disk);
  await machine.sh('echo kept > /var/vcap/store/file');
  const [before, attachment] = [await machine.identity(), await site().pod(attachmentOf(disk))];

  await t.throwsAsync(other.cpi('attach_disk', disk), { message: new RegExp(`in use by VM ${machine.vm}`) });
  await t.throwsAsync(site().cpi('delete_disk', [disk]), { message: new RegExp(`in use by VM ${machine.vm}`) });
  t.is(await machine.cpi('attach_disk', disk), `/mnt/${disk}`);
  t.is((await site().pod(attachmentOf(disk)))?.metadata?.uid, attachment?.metadata?.uid);
  t.deepEqual(await machine.identity(), before);
  t.is(await machine.sh('cat /var/vcap/store/file'), 'kept');
  t.deepEqual(await machine.agent('list_disk'), [disk]);

  // an agent that no longer answers is not asked: its bind of the store is still there, and nothing uses it
  await machine.cpi('detach_disk', disk);
  await t.throwsAsync(machine.cpi('detach_disk', disk), { message: /^Bosh::Clouds::DiskNotAttached/ });
  t.deepEqual(
    (await machine.mounts()).filter(({ at }) => /^\/(mnt\/|var\/vcap\/store)/.test(at)),
    [],
  );
  await other.attach(disk);
  t.is(await other.sh('cat /var/vcap/store/file'), 'kept');
  for (const each of [machine, other]) await each.cpi('delete_vm');
  await site().cpi('delete_disk', [disk]);
});

run('a machine that is made with its disk has it by the same way, and attach_disk says where', async (t) => {
  t.timeout(600_000);
  // its volume is made where the machine is, when the first pod asks for it
  const disk = (await site().cpi('create_disk', [32, { storage_class: 'local-wffc' }])) as string;
  const first = await createMachine(site(), [disk]);
  await site().volume(disk);
  await first.attach(disk);
  await first.sh('echo kept > /var/vcap/store/file');
  const claims = (await site().pod(first.vm))?.spec?.volumes?.map((volume) => volume.persistentVolumeClaim?.claimName);
  t.false(claims?.includes(disk), 'its pod names no disk, so that the disk can leave it');

  // as `bosh recreate` does
  await first.detach(disk);
  await first.cpi('delete_vm');
  const second = await createMachine(site(), [disk]);
  const before = await second.identity();
  t.deepEqual(await second.cpi('get_disks'), [disk]);
  await second.attach(disk);
  t.is(await second.sh('cat /var/vcap/store/file'), 'kept');
  t.deepEqual(await second.identity(), before);
  await second.detach(disk);
  t.deepEqual(await second.identity(), before);
  await second.cpi('delete_vm');
  await site().cpi('delete_disk', [disk]);
});

test.after.always('nothing is left', async (t) => {
  if (opened === undefined) return;
  const { leftovers, objects, close } = opened;
  try {
    t.deepEqual([await leftovers(), await objects()], [[], []]);
  } finally {
    await close();
  }
});
