import { writeFileSync } from 'node:fs';
import type { Backend } from '../support/backend.ts';
import type { Program } from '../support/program.ts';
import { contract, createVm, vmArguments } from './support/contract.ts';
import { canaries, createSite, type Site } from './support/site.ts';

/** The site's configuration with a second context, of a namespace of its own: `one` is the site's and the default, `arn:two` the other. */
async function withTwoContexts(site: Site, backend: Backend, program: Program): Promise<Site> {
  const other = await createSite(backend, program);
  const named = (name: string, from: Site) => ({
    clusters: from.kubeconfig.clusters.map((cluster) => ({ ...cluster, name })),
    users: from.kubeconfig.users.map((user) => ({ ...user, name })),
    contexts: [{ name, context: { cluster: name, user: name, namespace: from.namespace } }],
  });
  const [one, two] = [named('one', site), named('arn:two', other)];
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'one',
    clusters: [...one.clusters, ...two.clusters],
    users: [...one.users, ...two.users],
    contexts: [...one.contexts, ...two.contexts],
  };
  const config = {
    kubeconfig,
    agent: { mbus: `nats://agent:${canaries.mbus}@10.0.0.6:4222` },
    disks: { storage_class: backend.classes.waits },
  };
  writeFileSync(site.configFile, JSON.stringify(config));
  return other;
}

contract('contexts', (declare) => {
  declare('a CID carries the context that made it, through a whole life', async (t, site, backend, program) => {
    const other = await withTwoContexts(site, backend, program);
    try {
      const vm = await createVm(site, { properties: { context: 'arn:two' } });
      t.regex(vm, /^arn:two:agent-/);
      const name = vm.slice('arn:two:'.length);
      t.truthy(await other.pod(name));
      t.is(await site.pod(name), undefined);
      t.true(await site.ok('has_vm', [vm]));
      t.false(await site.ok('has_vm', [name]), 'without a context it is the default one');
      const disk = await site.ok<string>('create_disk', [64, {}, vm]);
      t.regex(disk, /^arn:two:disk-/, 'a disk is made where its VM is');
      const hint = await site.ok<string>('attach_disk', [vm, disk]);
      t.is(hint, `/mnt/${disk.slice('arn:two:'.length)}`);
      t.deepEqual(await site.ok('get_disks', [vm]), [disk]);
      backend.plant(other.namespace, name, '/var/vcap/bosh/managed_disk_settings.json', disk);
      const second = await site.ok<string>('create_disk', [64, { context: 'arn:two' }]);
      await site.ok('attach_disk', [vm, second]);
      t.is(backend.read(other.namespace, name, '/var/vcap/bosh/managed_disk_settings.json'), disk);
      await site.ok('set_vm_metadata', [vm, { job: 'db' }]);
      await site.ok('set_disk_metadata', [disk, { job: 'db' }]);
      await site.ok('detach_disk', [vm, disk]);
      await site.ok('delete_vm', [vm]);
      t.true(await site.ok('has_disk', [second]));
      for (const cid of [disk, second]) await site.ok('delete_disk', [cid]);
      t.deepEqual(await other.objects(), []);
      t.deepEqual(await site.objects(), []);
    } finally {
      await other.remove();
    }
  });

  declare('disks and VMs of two contexts do not come together', async (t, site, backend, program) => {
    const other = await withTwoContexts(site, backend, program);
    try {
      const vm = await createVm(site);
      const disk = await site.ok<string>('create_disk', [64, { context: 'arn:two' }]);
      const { type, message } = await site.fails('attach_disk', [vm, disk]);
      t.is(type, 'CpiError');
      t.regex(message, /arn:two.*default context/);
      const next = await createVm(site, { disks: [disk] });
      t.deepEqual(await site.ok('get_disks', [next]), [], 'a Director that moves a machine copies its disk');
    } finally {
      await other.remove();
    }
  });

  declare('the default context by name is the default context', async (t, site, backend, program) => {
    const other = await withTwoContexts(site, backend, program);
    try {
      const disk = await site.ok<string>('create_disk', [64, { context: 'one' }]);
      t.regex(disk, /^one:disk-/);
      const vm = await createVm(site, { disks: [disk] });
      t.deepEqual(await site.ok('get_disks', [vm]), [disk]);
      const named = await createVm(site, { properties: { context: 'one' } });
      t.regex(named, /^one:agent-/);
      const plain = await site.ok<string>('create_disk', [64, {}]);
      t.is(await site.ok<string>('attach_disk', [named, plain]), `/mnt/${plain}`);
    } finally {
      await other.remove();
    }
  });

  declare('an unknown context lists the known ones', async (t, site, backend, program) => {
    const other = await withTwoContexts(site, backend, program);
    await other.remove();
    const calls: readonly [string, readonly unknown[]][] = [
      ['has_vm', ['three:agent-1']],
      ['create_disk', [64, { context: 'three' }]],
      ['create_vm', vmArguments(backend, { properties: { context: 'three' } })],
    ];
    for (const [method, args] of calls) {
      const { type, message } = await site.fails(method, args);
      t.is(type, 'CpiError');
      t.regex(message, /context three is not in the kubeconfig; known contexts: one, arn:two/);
    }
  });

  declare(
    'a cpi-config sends the call to its own cluster, with its own defaults',
    async (t, site, backend, program) => {
      const other = await createSite(backend, program);
      try {
        const context = { kubeconfig: other.kubeconfig, disks: { access_mode: 'ReadWriteMany' } };
        const disk = await site.ok<string>('create_disk', [64, {}], { context });
        const spec = (await other.claim(disk))?.spec;
        t.deepEqual(spec?.accessModes, ['ReadWriteMany']);
        t.is(spec?.storageClassName, backend.classes.waits, "the file's defaults hold where it says nothing");
        t.is(await site.claim(disk), undefined);
        t.true(await site.ok('has_disk', [disk], { context }));
        t.false(await site.ok('has_disk', [disk]));
        const elsewhere = { ...context, namespace: site.namespace };
        const { message } = await site.fails('create_disk', [64, {}], { context: elsewhere });
        t.regex(message, /missing right/, 'the account of one namespace has no rights in another');
      } finally {
        await other.remove();
      }
    },
  );

  declare('a kubeconfig as YAML text', async (t, site) => {
    const { clusters, contexts } = site.kubeconfig;
    const lines = [
      'apiVersion: v1',
      'kind: Config',
      'current-context: cpi',
      `clusters: ${JSON.stringify(clusters)}`,
      'users:',
      '- name: cpi',
      `  user: {token: "${site.token}"}`,
      `contexts: ${JSON.stringify(contexts)}`,
    ];
    t.false(await site.ok('has_vm', ['agent-1'], { context: { kubeconfig: lines.join('\n') } }));
  });
});
