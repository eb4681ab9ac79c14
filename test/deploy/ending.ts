import { objectsIn } from '../support/objects.ts';
import { bosh } from './cli.ts';
import { ours } from './fixtures.ts';
import { machines } from './machines.ts';
import { allRun, deploy, sayAnswers, step, world } from './step.ts';
import { instances, nameOf, orphans, storeOf } from './view.ts';

/** Another stemcell for all, and the end. */
export function ending(): void {
  step('a new stemcell: every machine gets it, and keeps its disk', async (t) => {
    const marks = async () =>
      await Promise.all(
        (await instances(world.cluster, 'store')).map(async ({ vm }) => (await storeOf(world.cluster, vm)).mark),
      );
    const before = await marks();
    await bosh('upload-stemcell', world.files.stemcell(world.images.systemd, '2'));
    const deployed = await deploy({ stemcell: '2' });
    await allRun(t);
    t.deepEqual([...new Set((await machines(world.cluster)).map(({ image }) => image))], [world.images.systemd]);
    t.deepEqual(await marks(), before);
    await sayAnswers(deployed.task);
  });

  step('a deleted deployment leaves nothing but its disks, and clean-up takes these', async (t) => {
    const { cluster } = world;
    const stores = await instances(cluster, 'store');
    const marks = await Promise.all(stores.map(async ({ vm }) => (await storeOf(cluster, vm)).mark));
    await bosh('-d', ours, 'delete-deployment');
    const promised = (await orphans()).map((cid) => `persistentvolumeclaims/${nameOf(cid)}`).sort();
    t.deepEqual(await Promise.all(stores.map(({ claims: [claim = ''] }) => world.markOf(claim))), marks);
    const left = await objectsIn(cluster, cluster.namespace);
    t.deepEqual(
      left.filter((name) => !name.startsWith('volumesnapshots/')),
      promised,
    );
    await bosh('clean-up', '--all');
    t.deepEqual(await objectsIn(cluster, cluster.namespace), []);
    t.deepEqual(await world.onNode(), []);
    t.deepEqual((await bosh('stemcells')).rows, []);
  });
}
