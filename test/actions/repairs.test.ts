import { randomUUID } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { planRemoveAttachment } from '../../src/actions/disks/attachment.ts';
import { planDeleteClaim, planDeleteOrphan } from '../../src/actions/disks/delete.ts';
import { listOrphans, planAdoptOrphan } from '../../src/actions/disks/orphans.ts';
import { RefusedError } from '../../src/actions/model.ts';
import { planCorrectAddress } from '../../src/actions/vms/address.ts';
import { planRestartAgent } from '../../src/actions/vms/agent.ts';
import { planDeleteVm } from '../../src/actions/vms/delete.ts';
import { planFinishVm, planRebootVm } from '../../src/actions/vms/machine.ts';
import { planMendService } from '../../src/actions/vms/service.ts';
import { platforms } from '../support/backend.ts';
import { pathIn } from '../support/objects.ts';
import { carryOut, createPlace, type Place, stepsOf } from './support/place.ts';

for (const { name: platform, start } of platforms) {
  const trial = (title: string, body: (t: ExecutionContext, place: Place) => Promise<void>) =>
    test.serial(`${platform}: ${title}`, async (t) => {
      const backend = await start();
      t.teardown(() => backend.stop());
      await body(t, await createPlace(t, backend));
    });

  trial('a machine whose pod somebody deleted is finished from its record, its disk with it', async (t, place) => {
    const { site, namespace } = place;
    const { vm, disk } = await place.instance('db', 0);
    await remove(place, `pods/${vm}`);
    await gone(place, `pods/${vm}`);
    const planned = await planFinishVm(site, { namespace, name: vm });
    t.is(planned.plan.interrupts, undefined, 'there is nothing to interrupt');
    t.is(planned.plan.title, 'Finish db/0', 'its record knows what it is');
    const outcome = await carryOut(t, planned);
    t.true(outcome.done, outcome.proof.join('; '));
    t.deepEqual(await place.cpi('get_disks', vm), [disk]);
  });

  trial('a machine is rebooted in its pod, and its agent restarted in its container', async (t, place) => {
    const { site, namespace } = place;
    const { vm } = await place.instance('db', 0);
    const before = await place.get<Pod>(`pods/${vm}`);
    const rebooted = await carryOut(t, await planRebootVm(site, { namespace, name: vm }));
    t.true(rebooted.done, rebooted.proof.join('; '));
    const after = await place.get<Pod>(`pods/${vm}`);
    t.is(after?.metadata.uid, before?.metadata.uid);
    t.is(after?.status.containerStatuses[0]?.restartCount, 1);
    place.backend.plant(namespace, vm, '/sandbox/agent-down', '');
    const restarted = await carryOut(t, await planRestartAgent(site, { namespace, name: vm }));
    t.true(restarted.done, restarted.proof.join('; '));
    t.is((await place.get<Pod>(`pods/${vm}`))?.status.containerStatuses[0]?.restartCount, 1);
  });

  trial('a Service gets its selector back, and only that is changed', async (t, place) => {
    const { site, namespace } = place;
    const { vm } = await place.instance('db', 0);
    const agent = vm.replace('agent-', '');
    const labels = { 'bosh.cloudfoundry.org/agent-id': agent };
    const body = {
      metadata: { name: 'web', labels },
      spec: { selector: { app: 'other', ...labels }, ports: [{ port: 80 }] },
    };
    await site.cluster.json({ method: 'POST', path: pathIn(namespace, 'services'), body });
    const before = await place.get<Service>('services/web');
    const outcome = await carryOut(t, await planMendService(site, { namespace, name: 'web' }));
    t.true(outcome.done, outcome.proof.join('; '));
    const after = await place.get<Service>('services/web');
    t.deepEqual(after?.spec, { ...before?.spec, selector: labels, publishNotReadyAddresses: true });
    t.deepEqual(stepsOf(await planMendService(site, { namespace, name: 'web' })), []);
  });

  trial('a pod is given the promised address again that its record has', async (t, place) => {
    const { site, namespace } = place;
    const { vm } = await place.instance('db', 0);
    await t.throwsAsync(planCorrectAddress(site, { namespace, name: vm }), { message: /No address was promised/ });
    const key = 'bosh.cloudfoundry.org/ip-address';
    const secret = await place.get<{ data: Record<string, string> }>(`secrets/${vm}`);
    const record = JSON.parse(Buffer.from(secret?.data['record.json'] ?? '', 'base64').toString());
    record.pod.metadata.annotations[key] = '10.96.7.7';
    const data = { 'record.json': Buffer.from(JSON.stringify(record)).toString('base64') };
    await site.cluster.json({ method: 'PATCH', path: pathIn(namespace, `secrets/${vm}`), body: { data } });
    const outcome = await carryOut(t, await planCorrectAddress(site, { namespace, name: vm }));
    t.true(outcome.done, outcome.proof.join('; '));
    t.is((await place.get<Pod>(`pods/${vm}`))?.metadata.annotations[key], '10.96.7.7');
  });

  trial(
    'a VM that nobody knows is deleted with what belongs to it; its disk stays, and is adopted and deleted',
    async (t, place) => {
      const { site, namespace } = place;
      const { vm, disk } = await place.instance('db', 0);
      await t.throwsAsync(planDeleteClaim(site, { namespace, name: disk }), { message: `db/0 has it (VM ${vm})` });
      const removal = await planDeleteVm(site, { namespace, name: vm });
      t.is(removal.plan.confirm, vm);
      t.regex(removal.plan.loses ?? '', new RegExp(`its disks stay: ${disk}`));
      const removed = await carryOut(t, removal);
      t.true(removed.done, removed.proof.join('; '));
      t.is(await place.get(`secrets/${vm}`), undefined);
      await t.throwsAsync(planDeleteVm(site, { namespace, name: vm }), { instanceOf: RefusedError });

      await t.throwsAsync(planDeleteOrphan(site, { namespace, name: disk }), { message: /is no orphan/ });
      const adopted = await carryOut(t, await planAdoptOrphan(site, { namespace, name: disk }));
      t.true(adopted.done, adopted.proof.join('; '));
      t.like((await listOrphans(site, namespace))[0], { name: disk, by: 'anna@desk', reclaim: 'Delete' });

      const deletion = await planDeleteOrphan(site, { namespace, name: disk }, { snapshot: true });
      t.is(deletion.plan.confirm, disk);
      t.is(deletion.plan.undo, undefined);
      t.deepEqual(
        deletion.plan.steps.map(({ verb }) => verb),
        ['check', 'POST', 'PATCH', 'CPI'],
      );
      const deleted = await carryOut(t, deletion);
      t.true(deleted.done, deleted.proof.join('; '));
      t.is(await place.get(`persistentvolumeclaims/${disk}`), undefined);
      t.is((await place.list('snapshot.storage.k8s.io/v1/volumesnapshots')).length, 1);
    },
  );

  trial(
    'the attachment of a machine that is gone is removed; that of one that wants it is made anew',
    async (t, place) => {
      const { site, namespace } = place;
      const { vm, disk } = await place.instance('db', 0);
      const name = `attachment-${disk}`;
      const before = await place.get<Pod>(`pods/${name}`);
      const planned = await planRemoveAttachment(site, { namespace, name, uid: before?.metadata.uid });
      t.regex(planned.plan.interrupts ?? '', /is without disk/);
      const renewed = await carryOut(t, planned);
      t.true(renewed.done, renewed.proof.join('; '));
      const after = await place.get<Pod>(`pods/${name}`);
      t.truthy(after);
      t.not(after?.metadata.uid, before?.metadata.uid);
      await t.throwsAsync(planRemoveAttachment(site, { namespace, name, uid: before?.metadata.uid }), {
        instanceOf: RefusedError,
      });

      // its owner is taken off, as it would be gone with the record
      const path = pathIn(namespace, `pods/${name}`);
      await site.cluster.json({ method: 'PATCH', path, body: { metadata: { ownerReferences: null } } });
      for (const object of [`pods/${vm}`, `secrets/${vm}`]) {
        await remove(place, object);
        await gone(place, object);
      }
      const outcome = await carryOut(t, await planRemoveAttachment(site, { namespace, name }));
      t.true(outcome.done, outcome.proof.join('; '));
      t.is(await place.get(`pods/${name}`), undefined);
    },
  );

  trial('what is not there, or another one of the same name, is refused', async (t, place) => {
    const { site, namespace } = place;
    const name = `agent-${randomUUID()}`;
    for (const plan of [planFinishVm, planRebootVm, planDeleteVm, planRestartAgent, planCorrectAddress]) {
      await t.throwsAsync(plan(site, { namespace, name }), { instanceOf: RefusedError, message: /There is no VM/ });
    }
    await t.throwsAsync(planMendService(site, { namespace, name }), { message: /There is no Service/ });
    const { vm, disk } = await place.instance('db', 0);
    await t.throwsAsync(planRebootVm(site, { namespace, name: vm, uid: 'another' }), { message: /has another pod/ });
    await t.throwsAsync(planDeleteClaim(site, { namespace, name: disk, uid: 'another' }), {
      message: /is another one/,
    });
    t.deepEqual(place.audit, [], 'what was never carried out is no action');
  });
}

interface Pod {
  readonly metadata: { readonly uid: string; readonly annotations: Readonly<Record<string, string>> };
  readonly status: { readonly containerStatuses: readonly { readonly restartCount: number }[] };
}

interface Service {
  readonly spec: Readonly<Record<string, unknown>>;
}

async function remove({ site, namespace }: Place, path: string): Promise<void> {
  await site.cluster.json({ method: 'DELETE', path: pathIn(namespace, path), body: { gracePeriodSeconds: 1 } });
}

async function gone(place: Place, path: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while ((await place.get(path)) !== undefined && Date.now() < deadline)
    await new Promise((done) => setTimeout(done, 20));
}
