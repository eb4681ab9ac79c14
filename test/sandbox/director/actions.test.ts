import anyTest, { type TestFn } from 'ava';
import { ask, perform } from './http.ts';
import { type ServedDirector, serveDirector } from './serve.ts';

const test = anyTest as TestFn<ServedDirector>;

test.before(async (t) => {
  t.context = await serveDirector();
});
test.after.always(async (t) => await t.context.stop());

const instancePath = ({ instance }: ServedDirector, name: string) => {
  const { group, id } = instance(name);
  return `/deployments/shop/instance_groups/${group}/${id}`;
};
const attachPath = ({ instance }: ServedDirector, disk: string, name: string, more = '') => {
  const { group, id } = instance(name);
  return `/disks/${disk}/attachments?deployment=shop&job=${group}&instance_id=${id}${more}`;
};
const claimOf = async ({ cluster }: ServedDirector, disk: string) =>
  await cluster.json<{ metadata: { name: string } }>({
    method: 'GET',
    path: `/api/v1/namespaces/bosh/persistentvolumeclaims/${disk}`,
  });

test.serial(
  'a disk is orphaned while its machine runs, and stays attached: the Director moves a record and nothing else',
  async (t) => {
    const { director, instance } = t.context;
    const { vm, disks } = instance('db/1');
    const disk = disks[0]?.cid ?? '';
    const { state, result } = await perform(t.context, 'DELETE', `/disks/${disk}?orphan=true`);
    t.deepEqual([state, result], ['done', `disk ${disk} orphaned`]);
    t.deepEqual(instance('db/1').disks, []);
    t.true(director.orphans.has(disk));
    t.deepEqual((await director.backend.ask(vm?.cid ?? ''))?.disks, [disk]);
    t.deepEqual(await director.backend.call('get_disks', vm?.cid), [disk]);
  },
);

test.serial('a disk nobody has is not orphaned, with a warning and no failure', async (t) => {
  const { id, state } = await perform(t.context, 'DELETE', '/disks/disk-none?orphan=true');
  t.is(state, 'done');
  const { body } = await ask(t.context, `/tasks/${id}/output?type=event`);
  t.regex(body, /"type":"warning","message":"Disk disk-none does not exist. Orphaning is skipped"/);
});

test.serial('attach-disk refuses an instance that runs, one that is ignored and one that is not there', async (t) => {
  const disk = [...t.context.director.orphans.keys()][0] ?? '';
  const running = await perform(t.context, 'PUT', attachPath(t.context, disk, 'db/0'));
  t.is(running.state, 'error');
  t.regex(running.result, /^Instance 'db\/.*' in deployment 'shop' must be in 'bosh stopped' state$/);
  t.context.instance('db/0').ignore = true;
  const ignored = await perform(t.context, 'PUT', attachPath(t.context, disk, 'db/0'));
  t.context.instance('db/0').ignore = false;
  t.regex(ignored.result, /is in 'ignore' state/);
  const nowhere = await perform(t.context, 'PUT', `/disks/${disk}/attachments?deployment=shop&job=db&instance_id=none`);
  t.is(nowhere.result, "Instance 'db/none' in deployment 'shop' was not found");
});

test.serial('an ignored instance is neither stopped nor recreated', async (t) => {
  const path = `${instancePath(t.context, 'web/0')}/ignore`;
  const headers = { 'content-type': 'application/json' };
  t.is((await ask(t.context, path, { method: 'PUT', headers, body: '{"ignore":true}' })).status, 200);
  const { state, result } = await perform(t.context, 'POST', `${instancePath(t.context, 'web/0')}/actions/stop`);
  t.is(state, 'error');
  t.regex(result, /ignored instance/);
  await ask(t.context, path, { method: 'PUT', headers, body: '{"ignore":false}' });
});

test.serial('what the CPI refuses to attach leaves the records as they were', async (t) => {
  const { director, instance } = t.context;
  const [orphan = ''] = [...director.orphans.keys()];
  const own = instance('db/0').disks[0]?.cid;
  await perform(t.context, 'POST', `${instancePath(t.context, 'db/0')}/actions/stop`);
  // its machine has it still
  const { state, result } = await perform(t.context, 'PUT', attachPath(t.context, orphan, 'db/0'));
  t.is(state, 'error');
  t.regex(result, /is in use by VM agent-/);
  t.is(instance('db/0').disks[0]?.cid, own);
  t.deepEqual([...director.orphans.keys()], [orphan]);
});

test.serial('a stopped instance gets another disk, and its own becomes an orphan', async (t) => {
  const { director, instance } = t.context;
  const [orphan] = [...director.orphans.keys()];
  const own = instance('db/0').disks[0]?.cid ?? '';
  // the orphan is still where it was
  await perform(t.context, 'POST', `${instancePath(t.context, 'db/1')}/actions/stop?hard=true`);
  await perform(t.context, 'POST', `${instancePath(t.context, 'db/0')}/actions/stop`);
  const { state, result } = await perform(t.context, 'PUT', attachPath(t.context, orphan ?? '', 'db/0'));
  t.is(state, 'done', result);
  t.deepEqual(
    instance('db/0').disks.map(({ cid, size }) => [cid, size]),
    [[orphan, 1024]],
  );
  t.deepEqual([...director.orphans.keys()], [own]);
  t.deepEqual((await director.backend.ask(instance('db/0').vm?.cid ?? ''))?.disks, [orphan]);
  await perform(t.context, 'POST', `${instancePath(t.context, 'db/0')}/actions/start`);
  t.is(instance('db/0').state, 'started');
});

test.serial('a detached instance is only told of its disk, and has it once it is started', async (t) => {
  const { director, instance } = t.context;
  const [orphan = ''] = [...director.orphans.keys()];
  t.deepEqual([instance('db/1').state, instance('db/1').vm], ['detached', undefined]);
  t.is((await perform(t.context, 'PUT', attachPath(t.context, orphan, 'db/1'))).state, 'done');
  t.is(instance('db/1').vm, undefined);
  t.is((await perform(t.context, 'POST', `${instancePath(t.context, 'db/1')}/actions/start`)).state, 'done');
  t.deepEqual((await director.backend.ask(instance('db/1').vm?.cid ?? ''))?.disks, [orphan]);
});

test.serial('a disk that nobody knows is 1 MiB to the Director unless properties are copied', async (t) => {
  const { director, instance } = t.context;
  await perform(t.context, 'POST', `${instancePath(t.context, 'web/1')}/actions/stop?hard=true`);
  await perform(t.context, 'PUT', attachPath(t.context, 'disk-foreign', 'web/1'));
  t.is(instance('web/1').disks[0]?.size, 1);
  await perform(t.context, 'PUT', attachPath(t.context, 'disk-other', 'web/1', '&disk_properties=copy'));
  t.like(instance('web/1').disks[0], { cid: 'disk-other', size: 1 });
  t.true(director.orphans.has('disk-foreign'));
  instance('web/1').disks.length = 0;
  director.orphans.delete('disk-foreign');
  await perform(t.context, 'POST', `${instancePath(t.context, 'web/1')}/actions/start`);
});

test.serial('a disk that an instance has cannot be deleted; an orphan goes with its claim', async (t) => {
  const { director, instance } = t.context;
  const disk = instance('db/0').disks[0]?.cid ?? '';
  const refused = await ask(t.context, `/disks/${disk}`, { method: 'DELETE' });
  t.is(refused.status, 400);
  t.deepEqual(JSON.parse(refused.body), {
    code: 520000,
    description: `Deleting persistent disk is not supported: ["${disk}"]`,
  });
  await perform(t.context, 'POST', `${instancePath(t.context, 'db/0')}/actions/stop?hard=true`);
  await perform(t.context, 'DELETE', `/disks/${disk}?orphan=true`);
  await claimOf(t.context, disk);
  t.is((await perform(t.context, 'DELETE', `/disks/${disk}`)).state, 'done');
  t.is(director.orphans.size, 0);
  await t.throwsAsync(claimOf(t.context, disk));
  await perform(t.context, 'POST', `${instancePath(t.context, 'db/0')}/actions/start`);
  t.not(instance('db/0').disks[0]?.cid, disk, 'an instance without a disk gets a new one');
});

test.serial('recreate makes another VM with the same disk', async (t) => {
  const before = t.context.instance('db/0');
  const [vm, disk] = [before.vm?.cid, before.disks[0]?.cid];
  const path = `/deployments/shop/jobs/db/${before.id}?state=recreate`;
  t.is((await perform(t.context, 'PUT', path)).state, 'done');
  const after = t.context.instance('db/0');
  t.not(after.vm?.cid, vm);
  t.is(after.disks[0]?.cid, disk);
  t.is(after.state, 'started');
});

test.serial('a VM that no instance has is deleted by its CID alone', async (t) => {
  const { director, instance } = t.context;
  const { vm } = instance('web/0');
  instance('web/0').vm = undefined;
  t.is((await perform(t.context, 'DELETE', `/vms/${vm?.cid}`)).state, 'done');
  t.false(await director.backend.call('has_vm', vm?.cid));
  await perform(t.context, 'POST', `${instancePath(t.context, 'web/0')}/actions/start`);
});
