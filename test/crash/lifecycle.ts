import type { World } from './world.ts';

/** One CPI call of a story. */
export interface Step {
  /** Names the call in results: the method, and what is special about it. */
  readonly name: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** Makes one call by whatever means the test has (killed, disturbed, repeated) and gives its result. */
export type Perform = (step: Step) => Promise<unknown>;

/** Looks whether a call lost something; throws an Error that says what. */
export type Check = (condition: boolean, message: string) => void;

const image = `registry.test/stemcell@sha256:${'a'.repeat(64)}`;
/** What an agent wrote after its first update: without it a recreated machine is lost. */
export const planted = JSON.stringify({ mbus: { cert: { certificate: 'permanent' } } });
const statePath = '/var/vcap/bosh/update_settings.json';

/** Arguments of create_vm for a machine that needs no other object. */
export function plainVm(world: World, agentId: string, disks: readonly string[] = []): readonly unknown[] {
  const properties = { node_labels: world.backend.nodeLabels };
  return [agentId, image, properties, { private: { type: 'dynamic', cloud_properties: {} } }, disks, {}];
}

/** Arguments of create_vm for a machine with everything: Services of its own and shared, address, group, ephemeral claim, disks. */
export function fullVm(world: World, agentId: string, disks: readonly string[]): readonly unknown[] {
  const { nodeLabels, classes } = world.backend;
  const properties = {
    node_labels: nodeLabels,
    services: [
      { name: `${agentId}-own`, type: 'NodePort', ports: [{ port: 80 }] },
      { name: 'together', shared: true, ports: [{ port: 81 }] },
    ],
    ephemeral_disk: { size: 64, class: classes.waits },
  };
  const networks = {
    fixed: { type: 'manual', ip: world.address, netmask: '255.255.0.0', gateway: '10.96.0.1', cloud_properties: {} },
  };
  return [agentId, image, properties, networks, disks, { bosh: { group: 'crash-group' } }];
}

/** Says whether the machine's agent and its record still know what was planted. */
export async function assertStateKept(world: World, vm: string, check: Check): Promise<void> {
  const secret = await world.get<{ data: Record<string, string> }>(`secrets/${vm}`);
  const saved = Buffer.from(secret?.data['update_settings.json'] ?? '', 'base64').toString();
  check(saved === planted, `record ${vm} lost update_settings.json: ${saved}`);
  const inside = world.backend.read(world.namespace, vm, statePath);
  check(inside === planted, `machine ${vm} lost update_settings.json: ${inside}`);
}

/** Puts into a machine what its agent writes after the first update. */
export function plantState(world: World, vm: string): void {
  world.backend.plant(world.namespace, vm, statePath, planted);
}

interface SeenPod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly volumes: readonly { readonly persistentVolumeClaim?: { readonly claimName: string } }[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** The persistent disks of a machine, in its pod or beside it, as `ready: disk-1 disk-2` in the order of their names. */
export async function mounted(world: World, vm: string): Promise<string> {
  const machine = await world.get<SeenPod>(`pods/${vm}`);
  const attachments = (await world.list<SeenPod>('pods')).filter(
    ({ metadata }) => metadata.labels['bosh.cloudfoundry.org/attached-to'] === vm,
  );
  const pods = [...(machine === undefined ? [] : [machine]), ...attachments];
  const ready = machine !== undefined && pods.every(isReady);
  const claims = pods.flatMap(({ spec }) =>
    spec.volumes.map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? ''),
  );
  const disks = claims.filter((name) => name.startsWith('disk-')).sort();
  return `${ready ? 'ready' : 'not ready'}: ${disks.join(' ')}`;
}

function isReady({ status }: SeenPod): boolean {
  return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}

/**
 * Two machines and three disks from the first call to the last, through every method that writes. After each call it looks whether the cluster is as the
 * call should have left it.
 */
export async function lifecycle(world: World, perform: Perform, check: Check): Promise<void> {
  const { classes } = world.backend;
  const step = (name: string, method: string, ...args: readonly unknown[]) => perform({ name, method, args });
  const holds = async (vm: string, ...disks: readonly string[]) => {
    const found = await mounted(world, vm);
    check(found === `ready: ${[...disks].sort().join(' ')}`, `pod ${vm} should have ${disks.join(' ')}, is ${found}`);
  };
  const immediate = { storage_class: classes.immediate };

  const first = (await step('create_disk (bound at once)', 'create_disk', 64, immediate)) as string;
  const second = (await step('create_disk', 'create_disk', 64, {})) as string;
  const third = (await step('create_disk', 'create_disk', 64, {})) as string;
  await step('set_disk_metadata', 'set_disk_metadata', first, {
    instance_id: 'i',
    attached_at: '2026-01-01T00:00:00Z',
  });

  const [full] = (await step('create_vm (everything)', 'create_vm', ...fullVm(world, 'full', [first]))) as [string];
  await holds(full, first);
  const [plain] = (await step('create_vm (plain)', 'create_vm', ...plainVm(world, 'plain'))) as [string];
  await holds(plain);
  plantState(world, full);
  plantState(world, plain);

  await step('set_vm_metadata', 'set_vm_metadata', full, { name: 'redis/0', job: 'redis' });
  await step('attach_disk (first)', 'attach_disk', plain, third);
  await holds(plain, third);
  await assertStateKept(world, plain, check);
  await step('attach_disk (second)', 'attach_disk', full, second);
  await holds(full, first, second);
  await assertStateKept(world, full, check);
  await step('reboot_vm', 'reboot_vm', full);
  await holds(full, first, second);

  const snapshot = (await step('snapshot_disk', 'snapshot_disk', first, { job: 'redis' })) as string;
  await step('delete_snapshot', 'delete_snapshot', snapshot);
  await step('resize_disk', 'resize_disk', first, 128);
  const changed = { ...immediate, volume_attributes_class: classes.gold };
  await step('update_disk', 'update_disk', first, 192, changed);

  await step('detach_disk', 'detach_disk', full, second);
  await holds(full, first);
  await assertStateKept(world, full, check);
  const pod = await world.get<{ metadata: { labels: Record<string, string> } }>(`pods/${full}`);
  check(pod?.metadata.labels['bosh.cloudfoundry.org/job'] === 'redis', `pod ${full} lost its metadata`);

  await step('delete_vm (everything)', 'delete_vm', full);
  await step('delete_vm (plain)', 'delete_vm', plain);
  for (const disk of [first, second, third]) {
    check((await world.result('has_disk', [disk])) === true, `disk ${disk} is lost`);
    await step('delete_disk', 'delete_disk', disk);
  }
}
