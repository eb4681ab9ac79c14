import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import type { AuditLine } from '../../src/actions/audit.ts';
import { planDeleteOrphan } from '../../src/actions/disks/delete.ts';
import { planOrphanDisk } from '../../src/actions/disks/orphan.ts';
import { planAdoptOrphan } from '../../src/actions/disks/orphans.ts';
import { planReattachDisk } from '../../src/actions/disks/reattach.ts';
import { RefusedError } from '../../src/actions/model.ts';
import { type ActionSite, createSite } from '../../src/actions/site.ts';
import { planRestartAgent } from '../../src/actions/vms/agent.ts';
import { planDeleteVm } from '../../src/actions/vms/delete.ts';
import { planInstance } from '../../src/actions/vms/instance.ts';
import { planFinishVm } from '../../src/actions/vms/machine.ts';
import { planResolveProblem } from '../../src/actions/vms/problem.ts';
import { connectDirector, type DirectorClient } from '../../src/director/client.ts';
import { type ServedDirector, serveDirector } from '../sandbox/director/serve.ts';
import { carryOut, stepsOf } from './support/place.ts';

interface Context extends ServedDirector {
  readonly client: DirectorClient;
  readonly site: ActionSite;
  readonly audit: AuditLine[];
}

const test = anyTest as TestFn<Context>;

test.before(async (t) => {
  const served = await serveDirector();
  const client = connectDirector(served.target, { taskWaitMs: 20 });
  const audit: AuditLine[] = [];
  const site = createSite({ cluster: served.cluster, director: client, audit: (line) => audit.push(line) });
  Object.assign(t.context, { ...served, client, site, audit });
});
test.after.always(async (t) => {
  t.context.client.close();
  await t.context.stop();
});

const diskOf = (t: ExecutionContext<Context>, name: string) => t.context.instance(name).disks[0]?.cid ?? '';
const subject = (t: ExecutionContext<Context>, name: string) => {
  const { group, id, vm } = t.context.instance(name);
  return {
    namespace: 'bosh',
    name: vm?.cid ?? name,
    label: name,
    deployment: 'shop',
    instance: `${group}/${id}`,
    cid: vm?.cid,
  };
};
const at = (name: string) => ({ namespace: 'bosh', name });

test.serial(
  'the disk of a running instance is not orphaned, and nothing was asked of the Director but reads',
  async (t) => {
    const { site, director } = t.context;
    const before = [...director.tasks.list()].filter(({ description }) => description !== 'retrieve vm-stats').length;
    const error = await t.throwsAsync(planOrphanDisk(site, at(diskOf(t, 'db/0'))), { instanceOf: RefusedError });
    t.is(error?.message, 'db/0 is started, and its disks change only while it is stopped');
    t.is(error?.remedy, 'bosh -d shop stop db/0 --hard, then again');
    const after = [...director.tasks.list()].filter(({ description }) => description !== 'retrieve vm-stats').length;
    t.is(after, before);
  },
);

test.serial(
  'a disk goes from a stopped instance to another, which loses its own to the orphans; back and forth by the undo',
  async (t) => {
    const { site, director, instance } = t.context;
    for (const name of ['db/0', 'db/1']) {
      const stopped = await carryOut(
        t,
        await planInstance(site, subject(t, name), { name: 'stop', hard: name === 'db/0' }),
      );
      t.true(stopped.done, stopped.proof.join('; '));
    }
    const [disk, other] = [diskOf(t, 'db/0'), diskOf(t, 'db/1')];
    const orphan = await planOrphanDisk(site, at(disk));
    t.is(orphan.plan.through, 'director');
    t.deepEqual(stepsOf(orphan), ['check db/0', `DELETE /disks/${disk}?orphan=true`]);
    const orphaned = await carryOut(t, orphan);
    t.true(orphaned.done, orphaned.proof.join('; '));
    t.true(director.orphans.has(disk));

    const reattach = await planReattachDisk(site, at(disk), 'db/1');
    t.is(reattach.plan.confirm, 'db/1');
    t.regex(reattach.plan.loses ?? '', new RegExp(`disk ${other} of db/1 becomes an orphan`));
    t.is(reattach.plan.undo, undefined, 'no one command gives the other disk back');
    const reattached = await carryOut(t, reattach);
    t.true(reattached.done, reattached.proof.join('; '));
    t.is(diskOf(t, 'db/1'), disk);
    t.deepEqual(await director.backend.call('get_disks', instance('db/1').vm?.cid), [disk]);
    t.true(director.orphans.has(other));

    const again = await planReattachDisk(site, at(disk), 'db/1');
    t.deepEqual(again.plan.steps, [], 'what is done has no steps');
    t.true((await again.run(() => undefined)).done);
    await t.throwsAsync(planReattachDisk(site, at(disk), 'db/0'), { message: `Disk ${disk} is the disk of db/1` });

    // the other one goes to the instance without a VM: a record alone, until it starts
    const back = await carryOut(t, await planReattachDisk(site, at(other), `shop/db/${instance('db/0').id}`));
    t.true(back.done, back.proof.join('; '));
    for (const name of ['db/0', 'db/1']) {
      const started = await carryOut(t, await planInstance(site, subject(t, name), { name: 'start' }));
      t.true(started.done, started.proof.join('; '));
    }
    t.deepEqual(await director.backend.call('get_disks', instance('db/0').vm?.cid), [other]);
    t.deepEqual(
      t.context.audit.slice(-2).map(({ action, outcome }) => [action, outcome]),
      [
        ['start-instance', 'begun'],
        ['start-instance', 'done'],
      ],
    );
  },
);

test.serial(
  'a disk orphaned in the Director alone is detached by the same action, which has only that left to do',
  async (t) => {
    const { site, client, instance, director } = t.context;
    const disk = diskOf(t, 'db/0');
    await client.followTask(await client.orphanDisk(disk), () => undefined);
    const planned = await planOrphanDisk(site, at(disk));
    t.deepEqual(stepsOf(planned), [`CPI detach_disk ${instance('db/0').vm?.cid} ${disk}`, `check ${disk}`]);
    t.regex(planned.plan.interrupts ?? '', /db\/0 loses \/var\/vcap\/store/);
    t.is(planned.plan.confirm, 'db/0');
    const outcome = await carryOut(t, planned);
    t.true(outcome.done, outcome.proof.join('; '));
    t.deepEqual(await director.backend.call('get_disks', instance('db/0').vm?.cid), []);
    await t.throwsAsync(planAdoptOrphan(site, at(disk)), { message: /lists disk .* among its orphans/ });

    const gone = await planDeleteOrphan(site, at(disk));
    t.is(gone.plan.confirm, disk, 'the whole name must be typed');
    t.is(gone.plan.through, 'director');
    const deleted = await carryOut(t, gone);
    t.true(deleted.done, deleted.proof.join('; '));
    t.false(director.orphans.has(disk));
  },
);

test.serial(
  'while a task holds the deployment nothing is planned, and nothing planned before is carried out',
  async (t) => {
    const { site, director } = t.context;
    const planned = await planInstance(site, subject(t, 'web/0'), { name: 'restart' });
    const { promise, resolve } = Promise.withResolvers<string>();
    const task = director.tasks.enqueue(
      { user: 'ci', contextId: '', deployment: 'shop', type: 'update_deployment', description: 'create deployment' },
      () => promise,
    );
    const refusal = { instanceOf: RefusedError, message: new RegExp(`^Task ${task.id} of ci \\(create deployment\\)`) };
    await t.throwsAsync(planInstance(site, subject(t, 'web/0'), { name: 'restart' }), refusal);
    await t.throwsAsync(
      planned.run(() => undefined),
      refusal,
    );
    await t.throwsAsync(planOrphanDisk(site, at(diskOf(t, 'db/1')), { through: 'kubernetes' }), refusal);
    t.is(t.context.audit.at(-1)?.outcome, 'refused');
    resolve('done');
    await t.context.client.followTask(task.id, () => undefined);
    const outcome = await carryOut(t, await planInstance(site, subject(t, 'web/0'), { name: 'restart' }));
    t.true(outcome.done, outcome.proof.join('; '));
  },
);

test.serial('an instance is recreated under another VM, and its plan says what is lost', async (t) => {
  const { site, instance } = t.context;
  const before = instance('web/1').vm?.cid;
  const planned = await planInstance(site, subject(t, 'web/1'), { name: 'recreate' });
  t.regex(planned.plan.loses ?? '', /\/var\/vcap\/data of web\/1/);
  t.is(planned.plan.confirm, 'web/1');
  const outcome = await carryOut(t, planned);
  t.true(outcome.done, outcome.proof.join('; '));
  t.not(instance('web/1').vm?.cid, before);
});

test.serial('a VM of an instance is not deleted behind its Director', async (t) => {
  await t.throwsAsync(planDeleteVm(t.context.site, subject(t, 'web/0')), { message: /The Director has VM/ });
});

test.serial('a VM that is gone is resolved by a cloud check, which finds nothing more afterwards', async (t) => {
  const { site, director, instance } = t.context;
  const about = subject(t, 'web/0');
  await t.throwsAsync(planResolveProblem(site, about), { message: /finds nothing wrong/ });
  await director.backend.call('delete_vm', instance('web/0').vm?.cid);
  const planned = await planResolveProblem(site, about);
  t.regex(planned.plan.title, /missing_vm of web\/0: recreate_vm/);
  const outcome = await carryOut(t, planned);
  t.true(outcome.done, outcome.proof.join('; '));
  await t.throwsAsync(planResolveProblem(site, about, 'delete_everything'), { instanceOf: RefusedError });
});

test.serial('a machine finished from its record is done only once its Director hears that its jobs run', async (t) => {
  const { site, cluster, instance } = t.context;
  const vm = instance('web/1').vm?.cid ?? '';
  const path = `/api/v1/namespaces/bosh/pods/${vm}`;
  await cluster.json({ method: 'DELETE', path, body: { gracePeriodSeconds: 0 } });
  const planned = await planFinishVm(site, subject(t, 'web/1'));
  t.regex(planned.plan.loses ?? '', /only as far as its Director sends them again/);
  t.deepEqual(stepsOf(planned), [`CPI ${vm}`, 'wait web/1']);
  const outcome = await planned.run(() => undefined);
  const [now] = (await t.context.client.scan('shop')).filter(({ cid }) => cid === vm);
  t.is(outcome.done, now?.scan.jobState === 'running', outcome.proof.join('; '));
  if (!outcome.done) t.regex(outcome.proof[0] ?? '', /bosh -d shop recreate web\/1 makes it whole/);
  const recreated = await carryOut(t, await planInstance(site, subject(t, 'web/1'), { name: 'recreate' }));
  t.true(recreated.done, recreated.proof.join('; '));
});

test.serial('an agent that hangs is ended for good, and its Director hears the one that follows', async (t) => {
  const { site, agents, instance, client } = t.context;
  agents.silence(instance('web/1').vm?.cid ?? '');
  const planned = await planRestartAgent(site, subject(t, 'web/1'));
  t.is(planned.plan.steps.at(-1)?.what, 'its Director hears its agent');
  const outcome = await carryOut(t, planned);
  t.true(outcome.done, outcome.proof.join('; '));
  const states = (await client.scan('shop')).map(({ scan }) => scan.jobState);
  t.false(states.includes('unresponsive agent'));
});

test.serial('of a disk whose claim is gone there is nothing to keep: the Director is told to forget it', async (t) => {
  const { site, cluster } = t.context;
  const [disk, about] = [diskOf(t, 'db/1'), subject(t, 'db/1')];
  const stopped = await carryOut(t, await planInstance(site, about, { name: 'stop', hard: true }));
  t.true(stopped.done, stopped.proof.join('; '));
  await cluster.json({ method: 'DELETE', path: `/api/v1/namespaces/bosh/persistentvolumeclaims/${disk}` });
  const planned = await planResolveProblem(site, { ...about, name: disk, cid: disk, label: disk });
  t.regex(planned.plan.title, /^Resolve missing_disk of .*: delete_disk_reference$/);
  t.truthy(planned.plan.loses);
  const outcome = await carryOut(t, planned);
  t.true(outcome.done, outcome.proof.join('; '));
  t.deepEqual(t.context.instance('db/1').disks, []);
  await carryOut(t, await planInstance(site, subject(t, 'db/1'), { name: 'start' }));
});

test.serial('a user of the Director who may only look is refused at the first thing that is more', async (t) => {
  const client = connectDirector(t.context.readerTarget, { taskWaitMs: 20 });
  t.teardown(() => client.close());
  const site = createSite({ ...t.context.site, director: client });
  const refusal = { instanceOf: RefusedError, message: /^The Director does not grant it: Require one of the scopes/ };
  await t.throwsAsync(
    async () => (await planInstance(site, subject(t, 'web/1'), { name: 'restart' })).run(() => undefined),
    refusal,
  );
});

test.serial('what belongs to another Director is left to that one', async (t) => {
  const { cluster, site } = t.context;
  const disk = diskOf(t, 'db/1');
  const path = `/api/v1/namespaces/bosh/persistentvolumeclaims/${disk}`;
  const { metadata } = await cluster.json<{ metadata: { annotations: Record<string, string> } }>({
    method: 'GET',
    path,
  });
  const told = metadata.annotations['bosh.cloudfoundry.org/metadata'] ?? '';
  const write = (text: string) =>
    cluster.json({
      method: 'PATCH',
      path,
      body: { metadata: { annotations: { 'bosh.cloudfoundry.org/metadata': text } } },
    });
  await write(told.replace('"director":"demo"', '"director":"staging"'));
  await t.throwsAsync(planOrphanDisk(site, at(disk)), {
    message: `Disk ${disk} belongs to Director staging, and this one is demo`,
  });
  await write(told);
});
