import { randomUUID } from 'node:crypto';
import { parseQuantity } from '../../src/kubernetes/quantity.ts';
import type { SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { contract, createVm } from './support/contract.ts';
import type { Site } from './support/site.ts';

const mebibyte = 1024 * 1024;

interface Snapshot {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly source: { readonly persistentVolumeClaimName: string } };
}

async function boundDisk(site: Site, size = 64): Promise<string> {
  return await site.ok<string>('create_disk', [size, { storage_class: site.backend.classes.immediate }]);
}

async function requested(site: Site, disk: string): Promise<number> {
  return parseQuantity((await site.claim(disk))?.spec?.resources?.requests?.storage) / mebibyte;
}

contract('storage', (declare) => {
  declare('resize_disk grows a detached disk, and an attached one', async (t, site) => {
    const disk = await boundDisk(site);
    await site.ok('resize_disk', [disk, 128]);
    await site.ok('resize_disk', [disk, 128]);
    t.is(await requested(site, disk), 128);
    const vm = await createVm(site, { disks: [disk] });
    await site.ok('resize_disk', [disk, 192]);
    const capacity = parseQuantity((await site.claim(disk))?.status?.capacity?.storage);
    t.is(capacity / mebibyte, 192);
    t.true(await site.ok('has_vm', [vm]));
  });

  declare(
    'what a cluster cannot do with a disk is NotSupported, so that a Director copies',
    async (t, site, backend) => {
      const { fixed, immediate, waits } = backend.classes;
      const disk = await boundDisk(site, 128);
      const rigid = await site.ok<string>('create_disk', [64, { storage_class: fixed }]);
      const unbound = await site.ok<string>('create_disk', [64, { storage_class: waits }]);
      const cases: readonly [string, readonly unknown[], RegExp][] = [
        ['resize_disk', [disk, 64], /cannot shrink/],
        ['resize_disk', [rigid, 128], /does not allow expansion/],
        ['resize_disk', [unbound, 128], /no volume yet/],
        ['update_disk', [disk, 64, { storage_class: immediate }], /cannot shrink/],
        ['update_disk', [disk, 128, { storage_class: fixed }], /cannot change its class/],
        [
          'update_disk',
          [disk, 128, { storage_class: immediate, access_mode: 'ReadWriteMany' }],
          /cannot change its access mode/,
        ],
        [
          'update_disk',
          [disk, 128, { storage_class: immediate, volume_attributes_class: 'absent' }],
          /no VolumeAttributesClass/,
        ],
      ];
      for (const [method, args, expected] of cases) {
        const { type, message } = await site.fails(method, args);
        t.is(type, 'NotSupported', message);
        t.regex(message, expected);
        t.true(message.includes(String(args[0])) || /VolumeAttributesClass/.test(message), message);
      }
      t.is(await requested(site, disk), 128, 'nothing was changed');
      t.is(await requested(site, unbound), 64);
    },
  );

  declare('update_disk changes size and attributes in place', async (t, site, backend) => {
    const { immediate, gold } = backend.classes;
    const disk = await boundDisk(site);
    const properties = { storage_class: immediate, volume_attributes_class: gold };
    t.is(await site.ok<unknown>('update_disk', [disk, 128, properties]), disk);
    t.is(await site.ok<unknown>('update_disk', [disk, 128, properties]), disk);
    t.is(await requested(site, disk), 128);
    t.is((await site.claim(disk))?.status?.currentVolumeAttributesClassName, gold);
    t.is((await site.fails('update_disk', [disk, 128, { storage_class: immediate }])).type, 'NotSupported');
  });

  declare('attributes that the storage calls infeasible end the wait', async (t, site, backend) => {
    const { immediate, infeasible } = backend.classes;
    const disk = await boundDisk(site);
    const properties = { storage_class: immediate, volume_attributes_class: infeasible };
    const { type, message } = await site.fails('update_disk', [disk, 64, properties]);
    t.is(type, 'CloudError');
    t.regex(message, /infeasible/);
  });

  declare('snapshot_disk returns once it is cut, delete_snapshot takes it away', async (t, site) => {
    const disk = await boundDisk(site);
    const metadata = { deployment: 'hello', index: 0, instance_id: 'a/b', agent_id: 'x' };
    const snapshot = await site.ok<string>('snapshot_disk', [disk, metadata]);
    const [found, ...more] = await site.list<Snapshot>('snapshot.storage.k8s.io/v1/volumesnapshots');
    t.is(more.length, 0);
    t.is(found?.metadata.name, snapshot);
    t.is(found?.spec.source.persistentVolumeClaimName, disk);
    t.deepEqual(JSON.parse(found?.metadata.annotations?.['bosh.cloudfoundry.org/metadata'] ?? ''), metadata);
    const second = await site.ok<string>('snapshot_disk', [disk, metadata]);
    t.not(second, snapshot);
    await site.ok('delete_snapshot', [snapshot]);
    await site.ok('delete_snapshot', [snapshot]);
    await site.ok('delete_snapshot', [second]);
    await site.ok('delete_snapshot', [`snapshot-${randomUUID()}`]);
    t.deepEqual(await site.objects(), [`persistentvolumeclaims/${disk}`]);
  });

  declare('a snapshot of a disk without a volume says what to do', async (t, site, backend) => {
    const disk = await site.ok<string>('create_disk', [64, { storage_class: backend.classes.waits }]);
    const { message } = await site.fails('snapshot_disk', [disk, {}]);
    t.regex(message, /no volume yet.*attach it/);
    t.deepEqual(await site.objects(), [`persistentvolumeclaims/${disk}`]);
  });

  declare(
    'a class that cannot make volumes: the storage is quoted and nothing is left',
    async (t, site, backend) => {
      const { type, message } = await site.fails('create_disk', [64, { storage_class: backend.classes.broken }]);
      t.is(type, 'CloudError');
      t.regex(message, /not provisioned within 1 s.*ProvisioningFailed.*the pool is empty/);
      t.deepEqual(await site.objects(), []);
    },
    { config: { timeouts: { create_disk: 1 } } },
  );
});

const sandbox: SandboxOptions = { withoutGroups: ['snapshot.storage.k8s.io'] };

contract(
  'a cluster without snapshots',
  (declare) => {
    declare('says NotImplemented, which a Director goes on after', async (t, site) => {
      const disk = await boundDisk(site);
      t.is((await site.fails('snapshot_disk', [disk, {}])).type, 'NotImplemented');
      t.is((await site.fails('delete_snapshot', [`snapshot-${randomUUID()}`])).type, 'NotImplemented');
      await site.ok('delete_disk', [disk]);
    });
  },
  { only: 'sandbox', sandbox },
);
