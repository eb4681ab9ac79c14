import test from 'ava';
import type { RunningCall } from './call.ts';
import { assertStateKept, mounted, plantState } from './lifecycle.ts';
import { stages } from './stages.ts';
import { checker, expectSuccess, newReport } from './story.ts';
import { createWorld, type World } from './world.ts';

const machines = Array.from({ length: 20 }, (_, index) => `many-${index}`);

/** A machine of one group that shares a Service with all others. */
function member(world: World, agentId: string, disk: string): readonly unknown[] {
  const properties = {
    node_labels: world.backend.nodeLabels,
    services: [{ name: 'together', shared: true, ports: [{ port: 81 }] }],
  };
  const image = `registry.test/stemcell@sha256:${'a'.repeat(64)}`;
  const networks = { private: { type: 'dynamic', cloud_properties: {} } };
  return [agentId, image, properties, networks, [disk], { bosh: { group: 'many' } }];
}

interface Budget {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly minAvailable: number };
}

for (const { name: platform, start } of stages) {
  test.serial(`${platform}: 20 CPI processes at once, on machines of one group`, async (t) => {
    t.timeout(600_000);
    const backend = await start();
    t.teardown(() => backend.stop());
    const world = await createWorld(backend);
    t.teardown(() => world.close());
    const report = newReport();
    const check = checker(report, () => 'together');

    /** All calls at once: each is a process of its own. */
    async function all<T>(calls: readonly (readonly [string, ...unknown[]])[]): Promise<T[]> {
      const processes: RunningCall[] = await Promise.all(calls.map(([method, ...args]) => world.start(method, args)));
      return await Promise.all(processes.map(async ({ done }) => expectSuccess(await done, check) as T));
    }
    const groupIs = async (size: number) => {
      const budgets = await world.list<Budget>('policy/v1/poddisruptionbudgets');
      const ofGroup = budgets.filter(({ metadata }) => metadata.labels['bosh.cloudfoundry.org/group'] !== undefined);
      const least = ofGroup.map(({ spec }) => spec.minAvailable);
      t.deepEqual(least, size === 0 ? [] : [size - 1], `budget of ${size} machines`);
      const service = await world.get<{ metadata: { ownerReferences: readonly unknown[] } }>('services/together');
      t.is(service?.metadata.ownerReferences.length ?? 0, size, `owners of the shared Service with ${size} machines`);
    };

    const disks = await all<string>(machines.map(() => ['create_disk', 64, {}]));
    const more = await all<string>(machines.map(() => ['create_disk', 64, {}]));
    t.is(new Set([...disks, ...more]).size, 40);
    await all(machines.map((id, index) => ['create_vm', ...member(world, id, disks[index] ?? '')]));
    await groupIs(20);
    const vms = machines.map((id) => `agent-${id}`);
    for (const vm of vms) plantState(world, vm);

    await all(vms.map((vm, index) => ['attach_disk', vm, more[index]]));
    for (const [index, vm] of vms.entries()) {
      t.is(await mounted(world, vm), `ready: ${[disks[index], more[index]].sort().join(' ')}`);
      await assertStateKept(world, vm, check);
    }
    await groupIs(20);

    // several for each of a few machines: nothing of any may be lost
    const few = vms.slice(0, 5);
    await all(
      few.flatMap((vm, index) => [
        ['set_vm_metadata', vm, { job: 'redis' }],
        ['detach_disk', vm, disks[index]],
        ['detach_disk', vm, more[index]],
        ['set_disk_metadata', disks[index], { job: 'redis' }],
      ]),
    );
    for (const vm of few) {
      t.is(await mounted(world, vm), 'ready: ');
      await assertStateKept(world, vm, check);
      const pod = await world.get<{ metadata: { labels: Record<string, string> } }>(`pods/${vm}`);
      t.is(pod?.metadata.labels['bosh.cloudfoundry.org/job'], 'redis');
    }

    // ten machines go, each told by two callers
    await all(vms.slice(0, 10).flatMap((vm) => [['delete_vm', vm] as const, ['delete_vm', vm] as const]));
    await groupIs(10);
    await all(vms.slice(10).map((vm) => ['delete_vm', vm]));
    await groupIs(0);
    await all([...disks, ...more].map((disk) => ['delete_disk', disk]));
    t.deepEqual(await world.leftovers(), []);
    t.deepEqual(report.failures, []);
  });
}
