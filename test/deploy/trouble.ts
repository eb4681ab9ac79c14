import { firstProcess } from '../machine/node.ts';
import { objectsIn } from '../support/objects.ts';
import { bosh, tryBosh } from './cli.ts';
import { ours } from './fixtures.ts';
import { asked, machines, sh } from './machines.ts';
import { allRun, say, sayAnswers, seconds, step, touchingOnly, world } from './step.ts';
import { claims, instance, instances, storeOf, until } from './view.ts';

/** Machines are stopped, killed and mended. */
export function mending(): void {
  step('a killed container is back with its jobs, its store and its address', async (t) => {
    const { vm, machine } = await instance(world.cluster, 'store');
    const { mark } = await storeOf(world.cluster, vm);
    const started = performance.now();
    await touchingOnly(t, [{ vm }], async () => {
      process.kill(firstProcess(machine.containerId), 'SIGKILL');
      await until(
        'the container runs again',
        60,
        async () => (await instance(world.cluster, 'store')).machine.restarts > machine.restarts,
      );
      await until('its job answers', 120, async () => (await asked(machine.ip)) !== undefined);
    });
    say(`back with its jobs after ${seconds((performance.now() - started) / 1000)}`);
    await until('the Director sees it run', 120, async () =>
      (await instances(world.cluster)).every(({ state }) => state === 'running'),
    );
    const again = await instance(world.cluster, 'store');
    t.deepEqual([again.machine.uid, again.machine.ip], [machine.uid, machine.ip]);
    t.is((await storeOf(world.cluster, vm)).mark, mark);
  });

  step('stopped hard and started again: the machine goes and comes, the disk stays', async (t) => {
    const store = await instance(world.cluster, 'store');
    const { mark } = await storeOf(world.cluster, store.vm);
    await touchingOnly(t, [store], () => bosh('-d', ours, 'stop', '--hard', store.name));
    const left = await objectsIn(world.cluster, world.cluster.namespace);
    t.deepEqual(
      left.filter((name) => name.includes(store.agent)),
      [],
    );
    t.true((store.claims[0] ?? '') in (await claims(world.cluster)));
    const started = await touchingOnly(t, [], () => bosh('-d', ours, 'start', store.name));
    await allRun(t);
    t.is((await storeOf(world.cluster, (await instance(world.cluster, 'store')).vm)).mark, mark);
    await sayAnswers(started.task);
  });

  step('cloud-check finds a deleted pod and makes its machine anew', async (t) => {
    const store = await instance(world.cluster, 'store');
    const { mark } = await storeOf(world.cluster, store.vm);
    const { cluster } = world;
    await cluster.json({ method: 'DELETE', path: `/api/v1/namespaces/${cluster.namespace}/pods/${store.vm}` });
    await until('the pod is gone', 90, async () => (await machines(cluster)).every(({ name }) => name !== store.vm));
    const report = await tryBosh('-d', ours, 'cloud-check', '--report');
    t.deepEqual(
      report.rows.map(({ type }) => type),
      ['missing_vm'],
    );
    const mended = await touchingOnly(t, [store], () => bosh('-d', ours, 'cloud-check', '--auto'));
    await until('all run', 120, async () => (await instances(cluster)).every(({ state }) => state === 'running'));
    await allRun(t);
    const again = await instance(cluster, 'store');
    t.deepEqual(again.claims, store.claims);
    t.is((await storeOf(cluster, again.vm)).mark, mark);
    say(`mended in ${seconds(mended.seconds)}`);
    await sayAnswers(mended.task);
  });

  step('cloud-check finds a dead agent and reboots its machine', async (t) => {
    const store = await instance(world.cluster, 'store');
    const { mark } = await storeOf(world.cluster, store.vm);
    await sh(world.cluster, store.vm, 'pkill -STOP -x bosh-agent');
    const report = await tryBosh('-d', ours, 'cloud-check', '--report');
    t.deepEqual(
      report.rows.map(({ type }) => type),
      ['unresponsive_agent'],
    );
    const mended = await touchingOnly(t, [store], () => bosh('-d', ours, 'cloud-check', '--resolution=reboot_vm'));
    await until('all run', 120, async () => (await instances(world.cluster)).every(({ state }) => state === 'running'));
    await allRun(t);
    const again = await instance(world.cluster, 'store');
    t.is(again.machine.uid, store.machine.uid, 'a reboot keeps the pod');
    t.is((await storeOf(world.cluster, again.vm)).mark, mark);
    say(`mended in ${seconds(mended.seconds)}`);
  });
}
