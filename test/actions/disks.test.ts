import test from 'ava';
import { planOrphanDisk } from '../../src/actions/disks/orphan.ts';
import { planReattachDisk } from '../../src/actions/disks/reattach.ts';
import { RefusedError } from '../../src/actions/model.ts';
import { platforms } from '../support/backend.ts';
import { carryOut, createPlace, stepsOf } from './support/place.ts';

interface Claim {
  readonly metadata: { readonly labels: Record<string, string>; readonly annotations: Record<string, string> };
  readonly spec: { readonly volumeName: string };
}

for (const { name: platform, start } of platforms) {
  for (const attach of ['hotplug', 'recreate'] as const) {
    test.serial(
      `${platform}, ${attach}: a disk is orphaned and reattached to another machine, its data kept by Retain meanwhile`,
      async (t) => {
        const backend = await start();
        t.teardown(() => backend.stop());
        const place = await createPlace(t, backend);
        const { site, namespace } = place;
        const one = await place.instance('zookeeper', 0, attach);
        const two = await place.instance('zookeeper', 1, attach);
        const policy = async () => {
          const claim = await place.get<Claim>(`persistentvolumeclaims/${one.disk}`);
          const path = `/api/v1/persistentvolumes/${claim?.spec.volumeName}`;
          const volume = await site.cluster.json<{ spec: { persistentVolumeReclaimPolicy: string } }>({
            method: 'GET',
            path,
          });
          return volume.spec.persistentVolumeReclaimPolicy;
        };
        t.is(await policy(), 'Delete');

        const orphan = await planOrphanDisk(site, { namespace, name: one.disk });
        t.is(orphan.plan.confirm, 'zookeeper/0');
        t.is(orphan.plan.undo, `kubernetes-cpi reattach ${one.disk} zookeeper/0`);
        const orphaned = await carryOut(t, orphan);
        t.true(orphaned.done, orphaned.proof.join('\n'));
        t.is(await policy(), 'Retain');
        const claim = await place.get<Claim>(`persistentvolumeclaims/${one.disk}`);
        t.is(claim?.metadata.labels['bosh.cloudfoundry.org/orphaned'], 'true');
        t.like(JSON.parse(claim?.metadata.annotations['bosh.cloudfoundry.org/orphaned'] ?? ''), {
          by: 'anna@desk',
          from: one.vm,
          instance: 'zookeeper/0',
          reclaim: 'Delete',
        });
        t.deepEqual(await place.cpi('get_disks', one.vm), []);

        const again = await planOrphanDisk(site, { namespace, name: one.disk });
        t.deepEqual(stepsOf(again), [], 'it is done already');

        const reattach = await planReattachDisk(site, { namespace, name: one.disk }, 'zookeeper/1');
        t.is(reattach.plan.confirm, 'zookeeper/1');
        const reattached = await carryOut(t, reattach);
        t.true(reattached.done, reattached.proof.join('\n'));
        t.is(await policy(), 'Delete');
        t.deepEqual([...(await place.cpi<string[]>('get_disks', two.vm))].sort(), [one.disk, two.disk].sort());
        const after = await place.get<Claim>(`persistentvolumeclaims/${one.disk}`);
        t.is(after?.metadata.labels['bosh.cloudfoundry.org/orphaned'], undefined);

        t.deepEqual(
          place.audit.map(({ action, outcome }) => [action, outcome]),
          [
            ['orphan-disk', 'begun'],
            ['orphan-disk', 'done'],
            ['reattach-disk', 'begun'],
            ['reattach-disk', 'done'],
          ],
        );
        const events = await place.list<{ reason: string; involvedObject: { name: string } }>('events');
        const ours = events
          .filter(({ involvedObject }) => involvedObject.name === one.disk)
          .map(({ reason }) => reason);
        t.true(ours.includes('DiskOrphaned') && ours.includes('DiskReattached'), ours.join());
        t.deepEqual(await place.list('coordination.k8s.io/v1/leases'), []);
        await t.throwsAsync(planReattachDisk(site, { namespace, name: one.disk }, 'zookeeper/0'), {
          instanceOf: RefusedError,
          message: /zookeeper\/1 \(VM .*\) has disk/,
        });
      },
    );
  }
}
