import { randomUUID } from 'node:crypto';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import type { V1PodDisruptionBudget } from '@kubernetes/client-node/dist/gen/models/V1PodDisruptionBudget.js';
import { parseQuantity } from '../../src/kubernetes/quantity.ts';
import { contract, createVm } from './support/contract.ts';
import type { Site } from './support/site.ts';

const prefix = 'bosh.cloudfoundry.org';
const statePath = '/var/vcap/bosh/update_settings.json';

const metadata = { director: 'lab', instance_group: 'db', attached_at: '2026-11-23T01:18:53Z', team: 'a b/c' };

/** Claims that a VM has, by their mount path: in its own pod, or beside it. */
async function mounts(site: Site, vm: string): Promise<Record<string, string | undefined>> {
  const { spec } = (await site.pod(vm)) ?? {};
  const claims = new Map(
    spec?.volumes?.map(({ name, persistentVolumeClaim }) => [name, persistentVolumeClaim?.claimName]),
  );
  const mounted = spec?.containers[0]?.volumeMounts?.filter(({ mountPath }) => mountPath.startsWith('/mnt/')) ?? [];
  const within = mounted.map(({ name, mountPath }) => [mountPath, claims.get(name)] as const);
  const beside = (await attachments(site, vm)).map((claim) => [`/mnt/${claim}`, claim] as const);
  return Object.fromEntries([...within, ...beside]);
}

/** Claims of a VM's attachments. */
async function attachments(site: Site, vm: string): Promise<readonly string[]> {
  const pods = await site.list<V1Pod>('pods');
  return pods
    .filter(({ metadata }) => metadata?.labels?.[`${prefix}/attached-to`] === vm)
    .flatMap(
      ({ spec }) => spec?.volumes?.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []) ?? [],
    );
}

contract('disks', (declare) => {
  declare('a life from create_disk to delete_disk leaves nothing', async (t, site, backend) => {
    const disk = await site.ok<string>('create_disk', [100, { storage_class: backend.classes.immediate }, null]);
    t.regex(disk, /^disk-[0-9a-f-]{36}$/);
    const claim = await site.claim(disk);
    t.is(claim?.status?.phase, 'Bound');
    t.is(parseQuantity(claim?.spec?.resources?.requests?.storage), 100 * 1024 * 1024);
    t.like(claim?.metadata?.labels, {
      'app.kubernetes.io/managed-by': 'kubernetes-cpi',
      [`${prefix}/disk-id`]: disk.slice('disk-'.length),
    });
    t.is(claim?.metadata?.ownerReferences, undefined, 'nothing else takes a disk with it');
    t.true(await site.ok('has_disk', [disk]));
    await site.ok('set_disk_metadata', [disk, metadata]);
    await site.ok('set_disk_metadata', [disk, metadata]);
    const annotations = (await site.claim(disk))?.metadata?.annotations ?? {};
    t.deepEqual(JSON.parse(annotations[`${prefix}/metadata`] ?? ''), metadata);
    await site.ok('delete_disk', [disk]);
    t.false(await site.ok('has_disk', [disk]));
    await site.ok('delete_disk', [disk]);
    t.deepEqual(await site.objects(), []);
  });

  declare('a class that waits for its consumer is not waited for', async (t, site, backend) => {
    const disk = await site.ok<string>('create_disk', [64, { storage_class: backend.classes.waits }]);
    t.is((await site.claim(disk))?.status?.phase, 'Pending');
    t.true(await site.ok('has_disk', [disk]));
  });

  declare('disk properties reach the claim', async (t, site, backend) => {
    const { immediate, gold } = backend.classes;
    const properties = { storage_class: immediate, access_mode: 'ReadWriteMany', volume_attributes_class: gold };
    const disk = await site.ok<string>('create_disk', [64, properties, `agent-${randomUUID()}`]);
    const spec = (await site.claim(disk))?.spec;
    t.like(spec, { storageClassName: immediate, volumeAttributesClassName: gold });
    t.deepEqual(spec?.accessModes, ['ReadWriteMany']);
  });
});

for (const attach of ['hotplug', 'recreate'] as const) {
  contract(`disks by ${attach}`, (declareFor) => {
    const declare: typeof declareFor = (name, body) => declareFor(name, body, { attach });

    declare('attach of an attached disk gives the hint and leaves the pod alone', async (t, site) => {
      const vm = await createVm(site);
      const disk = await site.ok<string>('create_disk', [64, {}, vm]);
      const hint = await site.ok<string>('attach_disk', [vm, disk]);
      const before = (await site.pod(vm))?.metadata?.uid;
      t.is(await site.ok<string>('attach_disk', [vm, disk]), hint);
      t.is((await site.pod(vm))?.metadata?.uid, before);
      t.deepEqual(await site.ok('get_disks', [vm]), [disk]);
    });

    declare('disks given to create_vm are there at once, and attach_disk changes nothing', async (t, site) => {
      const disks = [await site.ok<string>('create_disk', [64, {}]), await site.ok<string>('create_disk', [64, {}])];
      const vm = await createVm(site, { disks });
      const uid = (await site.pod(vm))?.metadata?.uid;
      t.deepEqual(Object.values(await mounts(site, vm)).sort(), [...disks].sort());
      for (const disk of disks) t.is(await site.ok<string>('attach_disk', [vm, disk]), `/mnt/${disk}`);
      t.is((await site.pod(vm))?.metadata?.uid, uid);
    });

    declare(
      'a disk that the old VM still has is left to it until attach_disk (create-swap-delete)',
      async (t, site) => {
        const disk = await site.ok<string>('create_disk', [64, {}]);
        const old = await createVm(site, { disks: [disk] });
        const next = await createVm(site, { disks: [disk] });
        t.deepEqual(await mounts(site, next), {});
        const { type, message } = await site.fails('attach_disk', [next, disk]);
        t.is(type, 'CloudError');
        t.true(message.includes(`in use by VM ${old}`), message);
        await site.ok('detach_disk', [old, disk]);
        t.is(await site.ok<string>('attach_disk', [next, disk]), `/mnt/${disk}`);
      },
    );

    declare('detach of what is not attached is DiskNotAttached', async (t, site) => {
      const vm = await createVm(site);
      const disk = await site.ok<string>('create_disk', [64, {}, vm]);
      for (const cid of [disk, `disk-${randomUUID()}`]) {
        const { type, message } = await site.fails('detach_disk', [vm, cid]);
        t.is(type, 'DiskNotAttached');
        t.true(message.includes(cid) && message.includes(vm), message);
      }
      await site.ok<string>('attach_disk', [vm, disk]);
      await site.ok('detach_disk', [vm, disk]);
      t.is((await site.fails('detach_disk', [vm, disk])).type, 'DiskNotAttached');
    });

    declare('a disk in use is not deleted, and the error names the user', async (t, site, backend) => {
      const disk = await site.ok<string>('create_disk', [64, {}]);
      const vm = await createVm(site, { disks: [disk] });
      const { type, message } = await site.fails('delete_disk', [disk]);
      t.is(type, 'CloudError');
      t.true(message.includes(`in use by VM ${vm}`), message);
      t.is((await site.claim(disk))?.metadata?.deletionTimestamp, undefined, 'a deletion could not be undone');
      await site.ok('delete_vm', [vm]);
      t.true(await site.ok('has_disk', [disk]), 'a disk outlives its VM');
      const container = { name: 'c', image: 'registry.test/x:1', volumeMounts: [{ name: 'd', mountPath: '/d' }] };
      const volumes = [{ name: 'd', persistentVolumeClaim: { claimName: disk } }];
      await backend.admin.json({
        method: 'POST',
        path: `/api/v1/namespaces/${site.namespace}/pods`,
        body: {
          metadata: { name: 'somebody' },
          spec: { serviceAccountName: 'bosh-vm', containers: [container], volumes },
        },
      });
      t.regex((await site.fails('delete_disk', [disk])).message, /in use by pod somebody/);
    });

    declare('a disk that is not there', async (t, site) => {
      const disk = `disk-${randomUUID()}`;
      const vm = await createVm(site);
      t.false(await site.ok('has_disk', [disk]));
      await site.ok('delete_disk', [disk]);
      for (const [method, args] of [
        ['attach_disk', [vm, disk]],
        ['set_disk_metadata', [disk, {}]],
        ['resize_disk', [disk, 128]],
        ['update_disk', [disk, 128, {}]],
        ['snapshot_disk', [disk, {}]],
      ] as const) {
        const { type, message } = await site.fails(method, args);
        t.is(type, 'DiskNotFound', method);
        t.true(message.includes(disk), message);
      }
      t.true(await site.ok('has_vm', [vm]), 'an attach that fails leaves the machine as it was');
    });

    declare('a machine whose pod somebody deleted keeps its state over an attach', async (t, site, backend) => {
      const vm = await createVm(site);
      backend.plant(site.namespace, vm, statePath, '{"kept":true}');
      const one = await site.ok<string>('create_disk', [64, {}, vm]);
      const two = await site.ok<string>('create_disk', [64, {}, vm]);
      await site.ok<string>('attach_disk', [vm, one]);
      await backend.admin.json({
        method: 'DELETE',
        path: `/api/v1/namespaces/${site.namespace}/pods/${vm}`,
        body: { gracePeriodSeconds: 0 },
      });
      await site.ok<string>('attach_disk', [vm, two]);
      t.deepEqual(Object.values(await mounts(site, vm)).sort(), [one, two].sort());
      t.is(backend.read(site.namespace, vm, statePath), '{"kept":true}');
    });
  });
}

contract('disks by recreation', (declareFor) => {
  const declare: typeof declareFor = (name, body) => declareFor(name, body, { attach: 'recreate' });

  declare(
    'attach and detach by recreation keep the machine: its agent state, its other disks, its name',
    async (t, site, backend) => {
      const vm = await createVm(site);
      backend.plant(site.namespace, vm, statePath, '{"mbus":{"cert":{"certificate":"permanent"}}}');
      backend.plant(site.namespace, vm, '/var/vcap/instance/dns/records.json', '{"version":7}');
      const one = await site.ok<string>('create_disk', [64, {}, vm]);
      const two = await site.ok<string>('create_disk', [64, { storage_class: backend.classes.immediate }, vm]);
      t.is(await site.ok<string>('attach_disk', [vm, one]), `/mnt/${one}`);
      t.deepEqual(await mounts(site, vm), { [`/mnt/${one}`]: one });
      backend.plant(
        site.namespace,
        vm,
        '/var/vcap/bosh/persistent_disk_hints.json',
        JSON.stringify({ [one]: `/mnt/${one}` }),
      );
      backend.plant(site.namespace, vm, '/var/vcap/bosh/managed_disk_settings.json', one);
      t.is(await site.ok<string>('attach_disk', [vm, two]), `/mnt/${two}`);
      t.deepEqual(await mounts(site, vm), { [`/mnt/${one}`]: one, [`/mnt/${two}`]: two });
      t.deepEqual(await site.ok('get_disks', [vm]), [one, two]);
      const kept = (path: string) => backend.read(site.namespace, vm, path);
      t.regex(kept(statePath) ?? '', /permanent/);
      t.regex(kept('/var/vcap/instance/dns/records.json') ?? '', /7/);
      t.is(kept('/var/vcap/bosh/managed_disk_settings.json'), one);
      t.deepEqual(JSON.parse(kept('/var/vcap/bosh/persistent_disk_hints.json') ?? ''), { [one]: `/mnt/${one}` });
      await site.ok('detach_disk', [vm, one]);
      t.deepEqual(await mounts(site, vm), { [`/mnt/${two}`]: two });
      t.regex(kept(statePath) ?? '', /permanent/);
      t.is(
        kept('/var/vcap/bosh/managed_disk_settings.json'),
        undefined,
        'an agent that remembers a disk it has not, never comes up',
      );
      t.deepEqual(JSON.parse(kept('/var/vcap/bosh/persistent_disk_hints.json') ?? '{}'), {});
      await site.ok('detach_disk', [vm, two]);
      t.deepEqual(await mounts(site, vm), {});
      t.true(await site.ok('has_disk', [one]));
    },
  );
});

/** UID of a VM's pod. */
async function uidOf(site: Site, vm: string): Promise<string | undefined> {
  return (await site.pod(vm))?.metadata?.uid;
}

contract('disks by hotplug', (declare) => {
  const on: typeof declare = (name, body) => declare(name, body, { attach: 'hotplug' });

  on('disks come and go while the pod stays', async (t, site) => {
    const vm = await createVm(site);
    const uid = await uidOf(site, vm);
    const disks = [
      await site.ok<string>('create_disk', [64, {}, vm]),
      await site.ok<string>('create_disk', [64, {}, vm]),
    ];
    const [one = '', two = ''] = disks;
    t.is(await site.ok<string>('attach_disk', [vm, one]), `/mnt/${one}`);
    t.is(await site.ok<string>('attach_disk', [vm, two]), `/mnt/${two}`);
    t.deepEqual(await site.ok('get_disks', [vm]), disks);
    await site.ok('detach_disk', [vm, one]);
    t.deepEqual(await mounts(site, vm), { [`/mnt/${two}`]: two });
    await site.ok<string>('attach_disk', [vm, one]);
    t.is(await uidOf(site, vm), uid);
    await site.ok('delete_vm', [vm]);
    for (const disk of disks) await site.ok('delete_disk', [disk]);
    t.deepEqual(await site.objects(), []);
  });

  on('an attachment is no machine, belongs to its machine, and no drain takes it away', async (t, site) => {
    const vm = await createVm(site);
    const disk = await site.ok<string>('create_disk', [64, {}, vm]);
    await site.ok<string>('attach_disk', [vm, disk]);
    const name = `attachment-${disk}`;
    t.false(await site.ok('has_vm', [name]));
    const pod = await site.pod(name);
    t.is(pod?.metadata?.ownerReferences?.[0]?.uid, (await site.secret(vm))?.metadata?.uid);
    t.is(pod?.status?.qosClass ?? 'Guaranteed', 'Guaranteed');
    const budgets = async () =>
      (await site.list<V1PodDisruptionBudget>('policy/v1/poddisruptionbudgets')).map(
        ({ spec }) => spec?.selector?.matchLabels,
      );
    t.deepEqual(await budgets(), [{ [`${prefix}/attached-to`]: vm }]);
    await site.ok('detach_disk', [vm, disk]);
    t.deepEqual(await budgets(), []);
  });

  on('a disk that a process holds stays where it is, and the error names the process', async (t, site, backend) => {
    const vm = await createVm(site);
    const disk = await site.ok<string>('create_disk', [64, {}, vm]);
    await site.ok<string>('attach_disk', [vm, disk]);
    const letGo = backend.hold(site.namespace, vm, disk, '4711 postgres /var/vcap/store/db');
    const { type, message, okToRetry } = await site.fails('detach_disk', [vm, disk]);
    t.is(type, 'CloudError');
    t.true(message.includes('4711 postgres /var/vcap/store/db'), message);
    t.true(okToRetry);
    t.deepEqual(await site.ok('get_disks', [vm]), [disk]);
    t.deepEqual(await mounts(site, vm), { [`/mnt/${disk}`]: disk });
    letGo();
    await site.ok('detach_disk', [vm, disk]);
    t.deepEqual(await mounts(site, vm), {});
  });

  on('a disk that cannot be attached leaves the machine without it', async (t, site, backend) => {
    const vm = await createVm(site);
    const uid = await uidOf(site, vm);
    const disk = await site.ok<string>('create_disk', [64, {}, vm]);
    await backend.admin.json({
      method: 'POST',
      path: `/api/v1/namespaces/${site.namespace}/resourcequotas`,
      body: { metadata: { name: 'full' }, spec: { hard: { pods: '1' } } },
    });
    t.regex((await site.fails('attach_disk', [vm, disk])).message, /quota/);
    t.deepEqual(await site.ok('get_disks', [vm]), []);
    t.is(await uidOf(site, vm), uid);
    await site.ok('delete_disk', [disk]);
  });

  on('an attachment that somebody deleted is made again by the next call', async (t, site, backend) => {
    const vm = await createVm(site);
    const disk = await site.ok<string>('create_disk', [64, {}, vm]);
    await site.ok<string>('attach_disk', [vm, disk]);
    const path = `/api/v1/namespaces/${site.namespace}/pods/attachment-${disk}`;
    await backend.admin.json({ method: 'DELETE', path, body: { gracePeriodSeconds: 0 } });
    t.is(await site.ok<string>('attach_disk', [vm, disk]), `/mnt/${disk}`);
    t.deepEqual(await mounts(site, vm), { [`/mnt/${disk}`]: disk });
    await backend.admin.json({ method: 'DELETE', path, body: { gracePeriodSeconds: 0 } });
    await site.ok('delete_vm', [vm]);
    await site.ok('delete_disk', [disk]);
    t.deepEqual(await site.objects(), []);
  });

  on('a machine made by one strategy goes on with the other', async (t, site) => {
    const vm = await createVm(site);
    const disks = [
      await site.ok<string>('create_disk', [64, {}, vm]),
      await site.ok<string>('create_disk', [64, {}, vm]),
    ];
    const [one = '', two = ''] = disks;
    const all = { [`/mnt/${one}`]: one, [`/mnt/${two}`]: two };
    const by = (attach: string) => ({ context: { disks: { attach } } });
    await site.ok<string>('attach_disk', [vm, one]);
    await site.ok<string>('attach_disk', [vm, two], by('recreate'));
    t.deepEqual(await attachments(site, vm), []);
    t.deepEqual(await mounts(site, vm), all);
    await site.ok('detach_disk', [vm, two], by('recreate'));
    await site.ok<string>('attach_disk', [vm, two], by('hotplug'));
    t.deepEqual([...(await attachments(site, vm))].sort(), [...disks].sort());
    t.deepEqual(await mounts(site, vm), all);
    await site.ok('delete_vm', [vm]);
    for (const disk of disks) await site.ok('delete_disk', [disk]);
    t.deepEqual(await site.objects(), []);
  });
});

contract('disks by a strategy that the cluster allows', (declare) => {
  declare('attachments where they are allowed', async (t, site) => {
    const vm = await createVm(site);
    const disk = await site.ok<string>('create_disk', [64, {}, vm]);
    await site.ok<string>('attach_disk', [vm, disk]);
    t.deepEqual(await attachments(site, vm), [disk]);
  });
});
