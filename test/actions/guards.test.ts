import type { ExecutionContext } from 'ava';
import test from 'ava';
import { planDeleteOrphan } from '../../src/actions/disks/delete.ts';
import { planOrphanDisk } from '../../src/actions/disks/orphan.ts';
import { planReattachDisk } from '../../src/actions/disks/reattach.ts';
import { holdLease } from '../../src/actions/lease.ts';
import { RefusedError } from '../../src/actions/model.ts';
import { planDeleteVm } from '../../src/actions/vms/delete.ts';
import { planFinishVm, planRebootVm } from '../../src/actions/vms/machine.ts';
import { platforms } from '../support/backend.ts';
import { pathIn } from '../support/objects.ts';
import { createOperator } from './support/operator.ts';
import { carryOut, createPlace, type Place } from './support/place.ts';

for (const { name: platform, start } of platforms) {
  const trial = (title: string, body: (t: ExecutionContext, place: Place) => Promise<void>) =>
    test.serial(`${platform}: ${title}`, async (t) => {
      const backend = await start();
      t.teardown(() => backend.stop());
      await body(t, await createPlace(t, backend));
    });

  trial('read-only and stale refuse the plan, and what was planned before', async (t, place) => {
    const { namespace, site } = place;
    const { disk } = await place.instance('db', 0);
    let closed: string | undefined;
    const gates = { readonly: () => closed, stale: () => undefined };
    const planned = await planOrphanDisk(place.as(gates), { namespace, name: disk });
    closed = 'read-only here';
    const before = await place.objects();
    await t.throwsAsync(
      planned.run(() => undefined),
      { instanceOf: RefusedError, message: 'read-only here' },
    );
    await t.throwsAsync(planOrphanDisk(place.as(gates), { namespace, name: disk }), { message: 'read-only here' });
    const stale = { stale: () => 'pods are as they were 42 s ago' };
    await t.throwsAsync(planOrphanDisk(place.as(stale), { namespace, name: disk }), { message: /42 s ago/ });
    t.deepEqual(await place.objects(), before);
    t.true((await carryOut(t, await planOrphanDisk(site, { namespace, name: disk }))).done);
  });

  trial('who cannot be accounted for does nothing', async (t, place) => {
    const { disk } = await place.instance('db', 0);
    const audit = () => {
      throw new Error('audit.jsonl: no space left on device');
    };
    const planned = await planOrphanDisk(place.as({ audit }), { namespace: place.namespace, name: disk });
    const before = await place.objects();
    await t.throwsAsync(
      planned.run(() => undefined),
      { message: /no space left/ },
    );
    t.deepEqual(await place.objects(), before);
  });

  trial('a disk that a process uses stays where it is, and nothing is marked', async (t, place) => {
    const { namespace, site, backend } = place;
    const { vm, disk } = await place.instance('db', 0);
    const release = backend.hold(namespace, vm, disk, '77 postgres /mnt/data');
    const planned = await planOrphanDisk(site, { namespace, name: disk });
    const before = await place.objects();
    const error = await t.throwsAsync(
      planned.run(() => undefined),
      { instanceOf: RefusedError, message: /postgres/ },
    );
    t.regex(error?.remedy ?? '', /Stop what uses it \(in db\/0: monit stop all\)/);
    t.deepEqual(await place.objects(), before);
    t.is(place.audit.at(-1)?.outcome, 'refused');
    release();
    t.true((await carryOut(t, await planOrphanDisk(site, { namespace, name: disk }))).done);
  });

  trial('what changes between plan and yes refuses, and says what it would be now', async (t, place) => {
    const { namespace, site } = place;
    const [one, two] = [await place.instance('db', 0), await place.instance('db', 1)];
    const planned = await planOrphanDisk(site, { namespace, name: one.disk });
    await place.cpi('detach_disk', one.vm, one.disk);
    await place.cpi('attach_disk', two.vm, one.disk);
    const before = await place.objects();
    await t.throwsAsync(
      planned.run(() => undefined),
      {
        instanceOf: RefusedError,
        message: /^Things have changed since the plan was made; now it would be: Orphan disk-.* of db\/1/,
      },
    );
    t.deepEqual(await place.objects(), before);

    const reattach = await planReattachDisk(site, { namespace, name: two.disk }, 'db/1');
    t.deepEqual(reattach.plan.steps, [], 'it has that one');
    await site.cluster.json({ method: 'DELETE', path: pathIn(namespace, `secrets/${one.vm}`) });
    await t.throwsAsync(planFinishVm(site, { namespace, name: one.vm }), { message: /has no record/ });
  });

  trial('of two operators one wins, the other hears who', async (t, place) => {
    const { namespace } = place;
    const { disk } = await place.instance('db', 0);
    const [anna, bert] = [place.as({ operator: 'anna@desk' }), place.as({ operator: 'bert@lab' })];
    const plans = await Promise.all([anna, bert].map((site) => planOrphanDisk(site, { namespace, name: disk })));
    const ends = await Promise.allSettled(plans.map((planned) => planned.run(() => undefined)));
    const won = ends.filter(({ status }) => status === 'fulfilled');
    const lost = ends.find((end) => end.status === 'rejected');
    t.is(won.length, 1);
    t.true(lost?.reason instanceof RefusedError);
    const winner = ends[0]?.status === 'fulfilled' ? 'anna@desk' : 'bert@lab';
    t.regex(
      lost?.reason.message,
      new RegExp(`^${winner} \\(process \\d+ on .*\\) is at it: Orphan disk-.* of db/0, since `),
    );
    const claim = await place.get<{ metadata: { annotations: Record<string, string> } }>(
      `persistentvolumeclaims/${disk}`,
    );
    t.is(JSON.parse(claim?.metadata.annotations['bosh.cloudfoundry.org/orphaned'] ?? '').by, winner);
    t.deepEqual(await place.list('coordination.k8s.io/v1/leases'), [], 'nobody holds it afterwards');
  });

  trial(
    'what a killed process of this machine held is free at once, what one of another machine held is not',
    async (t, place) => {
      const { namespace, site } = place;
      const { disk } = await place.instance('db', 0);
      const hold = async (holderIdentity: string) => {
        const renewTime = new Date().toISOString().replace('Z', '000Z');
        const spec = { holderIdentity, leaseDurationSeconds: 30, renewTime, acquireTime: renewTime };
        const path = '/apis/coordination.k8s.io/v1/namespaces';
        await site.cluster.json({
          method: 'POST',
          path: `${path}/${namespace}/leases`,
          body: { metadata: { name: `action-${disk}` }, spec },
        });
      };
      await hold('carl@far (process 1 on far)');
      const planned = await planOrphanDisk(site, { namespace, name: disk });
      await t.throwsAsync(
        planned.run(() => undefined),
        { message: /^carl@far \(process 1 on far\) is at it/ },
      );
      await site.cluster.json({
        method: 'DELETE',
        path: `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/action-${disk}`,
      });
      const { hostname } = await import('node:os');
      // beyond the largest process id of Linux
      await hold(`carl@desk (process 4194305 on ${hostname()})`);
      t.true((await carryOut(t, await planOrphanDisk(site, { namespace, name: disk }))).done);
    },
  );

  trial('a Lease is not taken from one who holds it', async (t, place) => {
    const { cluster } = place.site;
    const release = await holdLease(cluster, place.namespace, 'x', 'anna@desk', 'Orphan x');
    await t.throwsAsync(holdLease(cluster, place.namespace, 'x', 'bert@lab', 'Delete x'), {
      message: /^anna@desk .*Orphan x/,
    });
    await release();
    const again = await holdLease(cluster, place.namespace, 'x', 'bert@lab', 'Delete x');
    await again();
  });

  trial('the rights of manifests/operator-rbac.yml are enough for all of it', async (t, place) => {
    const { namespace, backend } = place;
    const operator = await createOperator(backend, namespace, 'operator');
    t.teardown(operator.remove);
    const site = place.as({ cluster: operator.cluster });
    const [one, two] = [await place.instance('db', 0), await place.instance('db', 1)];
    const ref = { namespace, name: one.disk };
    const plans = [
      () => planOrphanDisk(site, ref),
      () => planReattachDisk(site, ref, 'db/1'),
      () => planOrphanDisk(site, ref),
      () => planDeleteOrphan(site, ref, { snapshot: true }),
      () => planRebootVm(site, { namespace, name: one.vm }),
      () => planDeleteVm(site, { namespace, name: two.vm }),
    ];
    for (const plan of plans) {
      const outcome = await carryOut(t, await plan());
      t.true(outcome.done, outcome.proof.join('; '));
      t.false(
        outcome.proof.some((line) => line.startsWith('No Event')),
        outcome.proof.join('; '),
      );
    }
  });

  for (const [index, missing] of [
    'patch persistentvolumes',
    'patch persistentvolumeclaims',
    'create pods/exec',
    'create events',
    'create leases',
    'get secrets',
  ].entries()) {
    trial(`without the right to ${missing} nothing is planned, and the right is named`, async (t, place) => {
      const { namespace, backend } = place;
      const { disk } = await place.instance('db', 0);
      const operator = await createOperator(backend, namespace, `limited-${index}`, missing);
      t.teardown(operator.remove);
      const before = await place.objects();
      const error = await t.throwsAsync(
        planOrphanDisk(place.as({ cluster: operator.cluster }), { namespace, name: disk }),
        { instanceOf: RefusedError },
      );
      t.regex(error?.message ?? '', new RegExp(`^No right to ${missing}`));
      t.regex(error?.remedy ?? '', /manifests\/operator-rbac\.yml/);
      t.deepEqual(await place.objects(), before);
    });
  }
}
