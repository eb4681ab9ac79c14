import { bosh } from './cli.ts';
import { ours } from './fixtures.ts';
import { asked, machines, sh } from './machines.ts';
import { allRun, deploy, say, sayAnswers, seconds, step, touchingOnly, world } from './step.ts';
import { claims, instance, instances, nameOf, orphans, storeOf } from './view.ts';

/** Machines come, are made anew and go. */
export function deploying(): void {
  step('stemcells, a release and a cloud config are uploaded', async (t) => {
    const { files, images } = world;
    await bosh('upload-release', await files.release());
    await bosh('upload-stemcell', files.stemcell(images.runit, '1'));
    await bosh('update-cloud-config', files.cloudConfig());
    t.deepEqual(
      (await bosh('stemcells')).rows.map(({ name, cid }) => [name, cid]),
      [[ours, images.runit]],
    );
    t.deepEqual(await machines(world.cluster), [], 'a light stemcell makes nothing');
  });

  step('four machines are deployed at once, their package compiled before', async (t) => {
    const deployed = await deploy({});
    await allRun(t);
    const { vm } = await instance(world.cluster, 'store');
    // a Director that gave a machine credentials for its first minutes replaces them by its first update_settings
    const settings = await sh(world.cluster, vm, 'cat /var/vcap/bosh/update_settings.json');
    const { mbus } = JSON.parse(settings) as { mbus?: { cert?: { certificate?: string } } };
    const credentials = mbus?.cert?.certificate ? 'short-lived' : 'permanent';
    say(`four machines in ${seconds(deployed.seconds)}, with ${credentials} NATS credentials`);
    await sayAnswers(deployed.task);
  });

  step('the same manifest again touches no machine', async (t) => {
    await touchingOnly(t, [], () => deploy({}));
    await allRun(t);
  });

  step('machines have their static addresses, and reach each other and themselves by them', async (t) => {
    const fixed = await instances(world.cluster, 'fixed');
    t.deepEqual(
      fixed.map(({ ips }) => ips[0]),
      world.files.addresses,
    );
    for (const [index, address] of world.files.addresses.entries()) {
      t.regex((await asked(address)) ?? '', new RegExp(`^${fixed[index]?.name} `), 'from outside');
      for (const { vm } of fixed)
        t.regex(await sh(world.cluster, vm, `cat < /dev/tcp/${address}/8080`), new RegExp(`^${fixed[index]?.name} `));
    }
  });

  step('a machine with a static address is made anew and keeps it', async (t) => {
    const fixed = await instance(world.cluster, 'fixed');
    const recreated = await touchingOnly(t, [fixed], () => bosh('-d', ours, 'recreate', fixed.name));
    await allRun(t);
    t.not((await instance(world.cluster, 'fixed')).vm, fixed.vm);
    t.regex((await asked(world.files.addresses[0] ?? '')) ?? '', new RegExp(`^${fixed.name} `));
    await sayAnswers(recreated.task);
  });

  step('scaled out and in again: the others run on, the disk of the one that goes is kept', async (t) => {
    const before = await orphans();
    const out = await touchingOnly(t, [], () => deploy({ stores: 3 }));
    await allRun(t);
    await sayAnswers(out.task);
    const third = await instance(world.cluster, 'store', 2);
    await touchingOnly(t, [third], () => deploy({ stores: 2 }));
    await allRun(t);
    t.deepEqual((await orphans()).filter((cid) => !before.includes(cid)).map(nameOf), third.claims);
    t.true((third.claims[0] ?? '') in (await claims(world.cluster)));
  });

  step('a machine with a disk is made anew on the same disk', async (t) => {
    const store = await instance(world.cluster, 'store');
    const { mark, ticks } = await storeOf(world.cluster, store.vm);
    const recreated = await touchingOnly(t, [store], () => bosh('-d', ours, 'recreate', store.name));
    await allRun(t);
    const again = await instance(world.cluster, 'store');
    t.not(again.vm, store.vm);
    t.deepEqual(again.claims, store.claims);
    const kept = await storeOf(world.cluster, again.vm);
    t.is(kept.mark, mark);
    t.true(kept.ticks >= ticks);
    say(`recreated in ${seconds(recreated.seconds)}`);
    await sayAnswers(recreated.task);
  });
}
