import type { ExecutionContext } from 'ava';
import { listIn } from '../support/objects.ts';
import { bosh } from './cli.ts';
import { disks, ours, type Wish } from './fixtures.ts';
import { allRun, deploy, say, seconds, step, touchingOnly, world } from './step.ts';
import { claims, instance, instances, nameOf, orphans, storeOf, until } from './view.ts';

/** Deploys with another disk, and holds that data, pods and addresses stay. Says whether the claims did. */
async function growing(t: ExecutionContext, disk: Wish['disk']): Promise<boolean> {
  const before = await instances(world.cluster, 'store');
  const marks = await Promise.all(before.map(async ({ vm }) => (await storeOf(world.cluster, vm)).mark));
  const deployed = await touchingOnly(t, [], () => deploy({ disk }));
  await allRun(t);
  const after = await instances(world.cluster, 'store');
  t.deepEqual(await Promise.all(after.map(async ({ vm }) => (await storeOf(world.cluster, vm)).mark)), marks);
  const sizes = await claims(world.cluster);
  for (const {
    claims: [claim = ''],
  } of after)
    t.is(sizes[claim], `${disks[disk].size}Mi`);
  const isSame = after.every(({ claims: [claim] }, index) => claim === before[index]?.claims[0]);
  say(`two disks ${isSame ? 'resized' : 'grown by copy'} in ${seconds(deployed.seconds)}, pods and addresses the same`);
  return isSame;
}

/** Disks grow, are copied and move. */
export function changingDisks(): void {
  step('disks grow, and their machines run on', async (t) => {
    // in place where the Director has enable_cpi_resize_disk, by copy where it has not
    await growing(t, 'bigger');
  });

  step('disks grow by copy when they change their storage class, and their machines run on', async (t) => {
    const before = await orphans();
    t.false(await growing(t, 'other'));
    t.is((await orphans()).length, before.length + 2, 'the old disks are kept');
  });

  step('snapshots are taken, listed and deleted', async (t) => {
    interface Snapshot {
      readonly metadata: { readonly name: string };
      readonly status?: { readonly readyToUse?: boolean };
    }
    const path = 'snapshot.storage.k8s.io/v1/volumesnapshots';
    const snapshots = () => listIn<Snapshot>(world.cluster, world.cluster.namespace, path);
    const names = async () => (await snapshots()).map(({ metadata }) => metadata.name).sort();
    const { name } = await instance(world.cluster, 'store');
    await bosh('-d', ours, 'delete-snapshots');
    // those of orphaned disks, which go with their disks
    const kept = await names();
    await bosh('-d', ours, 'take-snapshot', name);
    const listed = (await bosh('-d', ours, 'snapshots')).rows.map(({ cid }) => nameOf(cid ?? ''));
    t.is(listed.length, 1);
    t.deepEqual(await names(), [...kept, ...listed].sort());
    await until('the snapshot can be used', 60, async () =>
      (await snapshots()).every(({ status }) => status?.readyToUse === true),
    );
    await bosh('-d', ours, 'delete-snapshots');
    t.deepEqual(await names(), kept);
  });

  step('a disk is orphaned and attached again to the same instance', async (t) => {
    const store = await instance(world.cluster, 'store');
    const { mark } = await storeOf(world.cluster, store.vm);
    const [disk = ''] = (await bosh('-d', ours, 'instances', '--details')).rows.flatMap(
      ({ instance: each, disk_cids }) => (each === store.name ? [disk_cids ?? ''] : []),
    );
    await touchingOnly(t, [store], async () => {
      await bosh('-d', ours, 'stop', store.name);
      await bosh('orphan-disk', disk);
      t.true((await orphans()).includes(disk));
      await bosh('-d', ours, 'attach-disk', store.name, disk, '--disk-properties=copy');
      await bosh('-d', ours, 'start', store.name);
    });
    await allRun(t);
    const again = await instance(world.cluster, 'store');
    t.deepEqual(again.claims, store.claims);
    t.is((await storeOf(world.cluster, again.vm)).mark, mark);
  });

  step('an orphaned disk is attached to another instance, its data with it', async (t) => {
    const [from, to] = [await instance(world.cluster, 'store'), await instance(world.cluster, 'store', 1)];
    const { mark } = await storeOf(world.cluster, from.vm);
    const { mark: other } = await storeOf(world.cluster, to.vm);
    const { rows } = await bosh('-d', ours, 'instances', '--details');
    const disk = rows.find(({ instance: each }) => each === from.name)?.disk_cids ?? '';
    await touchingOnly(t, [from, to], async () => {
      // a machine that is only stopped still has its disk: the Director does not detach what it orphans
      await bosh('-d', ours, 'stop', '--hard', from.name);
      await bosh('orphan-disk', disk);
      await bosh('-d', ours, 'stop', to.name);
      await bosh('-d', ours, 'attach-disk', to.name, disk, '--disk-properties=copy');
      await bosh('-d', ours, 'start', to.name);
      await bosh('-d', ours, 'start', from.name);
    });
    await allRun(t);
    t.is((await storeOf(world.cluster, (await instance(world.cluster, 'store', 1)).vm)).mark, mark);
    const fresh = await storeOf(world.cluster, (await instance(world.cluster, 'store')).vm);
    t.false([mark, other].includes(fresh.mark), 'the instance that gave its disk has a new one');
    t.true((await orphans()).map(nameOf).includes(to.claims[0] ?? ''));
  });
}
