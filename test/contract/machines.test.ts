import { randomUUID } from 'node:crypto';
import type { V1PodDisruptionBudget } from '@kubernetes/client-node/dist/gen/models/V1PodDisruptionBudget.js';
import { parseQuantity } from '../../src/kubernetes/quantity.ts';
import { contract, createVm, directorEnv, image, vmArguments } from './support/contract.ts';
import { canaries, type Site } from './support/site.ts';

const prefix = 'bosh.cloudfoundry.org';

/** What a Director sends after create_vm: names with slashes, times with colons. */
const metadata = {
  team: 'a b/c',
  director: 'lab',
  deployment: 'hello',
  id: 'cdcbf09c-a14d-4dd0-97c9-546598fedc89',
  job: 'db',
  index: '0',
  name: 'db/cdcbf09c-a14d-4dd0-97c9-546598fedc89',
  created_at: '2026-11-23T01:17:12Z',
};

async function settingsOf(site: Site, vm: string): Promise<Record<string, unknown>> {
  const data = (await site.secret(vm))?.data?.['settings.json'] ?? '';
  return JSON.parse(Buffer.from(data, 'base64').toString());
}

async function budgets(site: Site): Promise<readonly V1PodDisruptionBudget[]> {
  return await site.list('policy/v1/poddisruptionbudgets');
}

contract('machines', (declare) => {
  declare('a life from create_vm to delete_vm leaves nothing', async (t, site) => {
    const agentId = randomUUID();
    const args = vmArguments(site.backend, { agentId, env: directorEnv('lab-hello-db') });
    const [vm, networks] = await site.ok<[string, Record<string, unknown>]>('create_vm', args, { apiVersion: 3 });
    t.is(vm, `agent-${agentId}`);
    t.like(networks, { default: { type: 'dynamic', dns: ['8.8.8.8'], default: ['dns', 'gateway'] } });
    t.true(await site.ok('has_vm', [vm]));
    t.deepEqual(await site.ok('get_disks', [vm]), []);
    await site.ok('set_vm_metadata', [vm, metadata]);
    await site.ok('reboot_vm', [vm]);
    await site.ok('delete_vm', [vm]);
    t.false(await site.ok('has_vm', [vm]));
    t.deepEqual(await site.objects(), []);
  });

  declare('the pod is what a machine needs to be', async (t, site, backend) => {
    const agentId = randomUUID();
    const vm = await createVm(site, {
      agentId,
      env: directorEnv('lab-hello-db'),
      properties: {
        resources: { requests: { cpu: 1, memory: '64Mi' }, limits: { memory: '128Mi' } },
        availability_zone: 'zone-one',
        region: 'region-one',
        tolerations: [{ key: 'bosh', operator: 'Exists', effect: 'NoSchedule', toleration_seconds: undefined }],
        priority_class: backend.priorityClass,
        image_pull_secrets: ['registry-key'],
        ephemeral_disk: { size: 512 },
        labels: { 'example.com/team': 'blue' },
        annotations: { 'example.com/note': 'any text: at all' },
      },
    });
    const pod = await site.pod(vm);
    t.like(pod?.metadata?.labels, {
      'app.kubernetes.io/managed-by': 'kubernetes-cpi',
      [`${prefix}/agent-id`]: agentId,
      [`${prefix}/group`]: 'lab-hello-db',
      'example.com/team': 'blue',
    });
    t.like(pod?.metadata?.annotations, { [`${prefix}/stemcell`]: image, 'example.com/note': 'any text: at all' });
    const spec = pod?.spec;
    t.like(spec, {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Always',
      serviceAccountName: 'bosh-vm',
      priorityClassName: backend.priorityClass,
      nodeSelector: backend.nodeLabels,
    });
    t.deepEqual(spec?.imagePullSecrets, [{ name: 'registry-key' }]);
    t.like(
      spec?.tolerations?.find(({ key }) => key === 'bosh'),
      { operator: 'Exists', effect: 'NoSchedule' },
    );
    const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
    t.deepEqual(terms?.[0]?.matchExpressions?.map(({ key, values }) => [key, ...(values ?? [])]).sort(), [
      ['topology.kubernetes.io/region', 'region-one'],
      ['topology.kubernetes.io/zone', 'zone-one'],
    ]);
    const apart = spec?.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    t.deepEqual(apart.map(({ podAffinityTerm }) => podAffinityTerm.topologyKey).sort(), [
      'kubernetes.io/hostname',
      'topology.kubernetes.io/zone',
    ]);
    t.is(spec?.containers.length, 1);
    const container = spec?.containers[0];
    t.like(container, { name: 'bosh-job', image, command: ['/bin/bash', '/bosh-cpi/entrypoint'] });
    t.true(container?.securityContext?.privileged);
    t.deepEqual(container?.resources?.requests, { cpu: '1', memory: '64Mi', 'ephemeral-storage': '512Mi' } as never);
    t.deepEqual(container?.resources?.limits, { memory: '128Mi' } as never);
    t.truthy(container?.startupProbe);
    t.is(container?.livenessProbe, undefined, 'a machine that waits for its Director is not broken');
    const mounts = Object.fromEntries(container?.volumeMounts?.map(({ name, mountPath }) => [mountPath, name]) ?? []);
    t.truthy(mounts['/vcap']);
    t.is(mounts['/var/run/secrets/kubernetes.io/serviceaccount'], undefined, 'nobody in a machine gets a token');
    const volume = (path: string) => spec?.volumes?.find(({ name }) => name === mounts[path]);
    t.is(volume('/vcap')?.emptyDir?.sizeLimit, '512Mi');
    t.is(volume('/bosh-cpi')?.secret?.secretName, vm);
    const seen = volume('/bosh-cpi')?.secret?.items?.map(({ key }) => key) ?? [];
    t.true(seen.includes('settings.json') && seen.includes('entrypoint'));
    t.false(seen.includes('record.json'), 'the record is no business of the machine');
  });

  declare('the agent is told what it needs and no secret leaves its Secret', async (t, site) => {
    const agentId = randomUUID();
    const vm = await createVm(site, {
      agentId,
      networks: {
        private: {
          type: 'dynamic',
          ip: '10.88.0.23',
          netmask: '255.255.0.0',
          gateway: '10.88.0.1',
          dns: ['8.8.8.8'],
          cloud_properties: {},
        },
      },
      env: { bosh: { password: canaries.password, blobstores: [{ provider: 'local', options: { path: '/x' } }] } },
    });
    const settings = await settingsOf(site, vm);
    t.like(settings, { agent_id: agentId, ntp: ['ntp.example.com'], blobstore: { provider: 'local' } });
    t.true(String(settings.mbus).includes(canaries.mbus));
    t.like(settings.env, { bosh: { password: canaries.password } });
    t.like(settings.disks, { persistent: {} });
    const { private: network } = settings.networks as Record<string, Record<string, unknown>>;
    t.like(network, { type: 'dynamic', preconfigured: true, dns: ['8.8.8.8'] });
    t.is(network?.ip, undefined, "a dynamic network's address is the one of the machine's previous life");
    const shown = JSON.stringify([await site.pod(vm), await site.list('services'), await site.list('events')]);
    for (const secret of Object.values(canaries)) t.false(shown.includes(secret));
  });

  declare('create_vm again finishes what the first one made, with other arguments it replaces it', async (t, site) => {
    const agentId = randomUUID();
    const args = vmArguments(site.backend, { agentId, env: directorEnv('group') });
    await site.ok('create_vm', args);
    const first = await site.pod(`agent-${agentId}`);
    const objects = await site.objects();
    await site.ok('create_vm', args);
    t.is((await site.pod(`agent-${agentId}`))?.metadata?.uid, first?.metadata?.uid);
    t.deepEqual(await site.objects(), objects);

    const services = [{ name: 'web', ports: [{ port: 80 }] }];
    await createVm(site, { agentId, properties: { services } });
    t.not((await site.pod(`agent-${agentId}`))?.metadata?.uid, first?.metadata?.uid);
    t.truthy(await site.service('web'));
    await createVm(site, { agentId });
    t.is(await site.service('web'), undefined, 'what only the earlier call asked for is gone');
    t.deepEqual(await budgets(site), []);
  });

  declare('methods on a VM that is not there', async (t, site) => {
    const vm = `agent-${randomUUID()}`;
    t.false(await site.ok('has_vm', [vm]));
    await site.ok('delete_vm', [vm]);
    for (const [method, args] of [
      ['reboot_vm', [vm]],
      ['set_vm_metadata', [vm, {}]],
      ['get_disks', [vm]],
      ['attach_disk', [vm, `disk-${randomUUID()}`]],
      ['detach_disk', [vm, `disk-${randomUUID()}`]],
    ] as const) {
      const { type, message } = await site.fails(method, args);
      t.is(type, 'VMNotFound', method);
      t.true(message.includes(vm) && message.includes(site.namespace), message);
    }
  });

  declare('delete_vm twice, and of a VM whose pod is gone', async (t, site, backend) => {
    const vm = await createVm(site, { env: directorEnv('group') });
    await site.ok('delete_vm', [vm]);
    await site.ok('delete_vm', [vm]);
    const other = await createVm(site, { properties: { services: [{ name: 'web', ports: [{ port: 80 }] }] } });
    await backend.admin.json({
      method: 'DELETE',
      path: `/api/v1/namespaces/${site.namespace}/pods/${other}`,
      body: { gracePeriodSeconds: 0 },
    });
    t.false(await site.ok('has_vm', [other]), 'cloud-check is told that it is gone');
    await site.ok('delete_vm', [other]);
    t.deepEqual(await site.objects(), []);
  });

  declare('metadata that is no label value is kept whole, and selectable', async (t, site) => {
    const vm = await createVm(site);
    await site.ok('set_vm_metadata', [vm, metadata]);
    await site.ok('set_vm_metadata', [vm, metadata]);
    const pod = await site.pod(vm);
    t.deepEqual(JSON.parse(pod?.metadata?.annotations?.[`${prefix}/metadata`] ?? ''), metadata);
    t.like(pod?.metadata?.labels, {
      [`${prefix}/job`]: 'db',
      [`${prefix}/index`]: '0',
      [`${prefix}/deployment`]: 'hello',
    });
    t.regex(pod?.metadata?.labels?.[`${prefix}/name`] ?? '', /^db-cdcbf09c/);
    const before = pod?.metadata?.labels?.[`${prefix}/agent-id`];
    await site.ok('set_vm_metadata', [
      vm,
      { 'agent-id': 'x', group: 'y', 'a key/with things': { deep: ['☃'] }, '': 'z' },
    ]);
    const after = await site.pod(vm);
    t.is(after?.metadata?.labels?.[`${prefix}/agent-id`], before);
    t.like(JSON.parse(after?.metadata?.annotations?.[`${prefix}/metadata`] ?? ''), { group: 'y', '': 'z' });
  });

  declare('metadata survives a recreation', async (t, site) => {
    const vm = await createVm(site);
    await site.ok('set_vm_metadata', [vm, metadata]);
    const disk = await site.ok<string>('create_disk', [64, {}, vm]);
    await site.ok('attach_disk', [vm, disk]);
    const pod = await site.pod(vm);
    t.deepEqual(JSON.parse(pod?.metadata?.annotations?.[`${prefix}/metadata`] ?? ''), metadata);
    t.is(pod?.metadata?.labels?.[`${prefix}/job`], 'db');
  });

  declare('reboot_vm restarts the container in the same pod', async (t, site) => {
    const vm = await createVm(site);
    const before = await site.pod(vm);
    await site.ok('reboot_vm', [vm]);
    const after = await site.pod(vm);
    t.is(after?.metadata?.uid, before?.metadata?.uid);
    t.is(after?.status?.podIP, before?.status?.podIP);
    t.is(after?.status?.containerStatuses?.[0]?.restartCount, 1);
    t.true(after?.status?.containerStatuses?.[0]?.ready, 'it waits for the agent');
  });

  declare('a VM whose pod was deleted by somebody is made again by reboot_vm', async (t, site, backend) => {
    const vm = await createVm(site);
    const path = `/api/v1/namespaces/${site.namespace}/pods/${vm}`;
    await backend.admin.json({ method: 'DELETE', path, body: { gracePeriodSeconds: 0 } });
    await site.ok('reboot_vm', [vm]);
    t.true(await site.ok('has_vm', [vm]));
  });

  declare('an evicted machine is none for cloud-check, and comes back with its disks', async (t, site, backend) => {
    const disk = await site.ok<string>('create_disk', [64, {}]);
    const vm = await createVm(site, { disks: [disk] });
    const uid = (await site.pod(vm))?.metadata?.uid;
    const status = { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' };
    const path = `/api/v1/namespaces/${site.namespace}/pods/${vm}/status`;
    await backend.admin.json({ method: 'PATCH', path, body: { status } });
    t.false(await site.ok('has_vm', [vm]));
    await site.ok('reboot_vm', [vm]);
    t.true(await site.ok('has_vm', [vm]));
    t.not((await site.pod(vm))?.metadata?.uid, uid);
    t.deepEqual(await site.ok('get_disks', [vm]), [disk]);
  });

  declare('the budget of a group lets one machine go at a time, and follows the group', async (t, site) => {
    const env = directorEnv('lab-hello-a-group-whose-name-is-longer-than-a-label-value-can-be-0123456789');
    const vms = [await createVm(site, { env })];
    const spec = async () => (await budgets(site))[0]?.spec;
    t.is((await spec())?.minAvailable as unknown, 0, 'one alone may go');
    vms.push(await createVm(site, { env }), await createVm(site, { env }));
    t.is((await spec())?.minAvailable as unknown, 2);
    const label = (await site.pod(vms[0] ?? ''))?.metadata?.labels?.[`${prefix}/group`];
    t.deepEqual((await spec())?.selector?.matchLabels, { [`${prefix}/group`]: label } as never);
    await site.ok('delete_vm', [vms.pop()]);
    t.is((await spec())?.minAvailable as unknown, 1);
    for (const vm of vms) await site.ok('delete_vm', [vm]);
    t.deepEqual(await site.objects(), []);
  });

  declare('an ephemeral disk of a class is a claim that lives and dies with the VM', async (t, site, backend) => {
    const vm = await createVm(site, { properties: { ephemeral_disk: { size: 256, class: backend.classes.waits } } });
    const claims = await site.list<{ metadata: { name: string; uid: string; ownerReferences?: { name: string }[] } }>(
      'persistentvolumeclaims',
    );
    t.is(claims.length, 1);
    t.is(claims[0]?.metadata.ownerReferences?.[0]?.name, vm);
    const disk = await site.ok<string>('create_disk', [64, {}, vm]);
    await site.ok('attach_disk', [vm, disk]);
    const after = await site.claim(claims[0]?.metadata.name ?? '');
    t.is(after?.metadata?.uid, claims[0]?.metadata.uid, 'a recreation keeps what the machine has written');
    t.deepEqual(await site.ok('get_disks', [vm]), [disk], 'it is no persistent disk');
    await site.ok('delete_vm', [vm]);
    t.deepEqual(await site.objects(), [`persistentvolumeclaims/${disk}`]);
  });

  declare('what calculate_vm_cloud_properties gives, create_vm takes', async (t, site) => {
    const properties = await site.ok<Record<string, unknown>>('calculate_vm_cloud_properties', [
      { cpu: 2, ram: 512, ephemeral_disk_size: 1024 },
    ]);
    const vm = await createVm(site, { properties });
    const container = (await site.pod(vm))?.spec?.containers[0];
    const { 'ephemeral-storage': room, ...others } = container?.resources?.requests ?? {};
    t.deepEqual(others, { cpu: '2', memory: '512Mi' } as never);
    t.is(parseQuantity(room as string | undefined), 1024 ** 3);
  });
});
