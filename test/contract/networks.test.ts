import { randomInt, randomUUID } from 'node:crypto';
import type { V1Service } from '@kubernetes/client-node/dist/gen/models/V1Service.js';
import { waitFor } from '../cluster/wait.ts';
import { attachmentDefinition, type CustomKind, installKinds } from '../support/custom-kinds.ts';
import { createObject } from '../support/objects.ts';
import { contract, createVm, vmArguments } from './support/contract.ts';
import type { Site } from './support/site.ts';

const prefix = 'bosh.cloudfoundry.org';

/** An address of the Services' range that no other test is likely to ask for. */
const address = () => `10.96.${randomInt(64, 250)}.${randomInt(2, 250)}`;

const manual = (ip: string, properties: object = {}) => ({
  type: 'manual',
  ip,
  netmask: '255.255.255.0',
  gateway: '10.96.50.1',
  dns: ['10.96.0.10'],
  default: ['dns', 'gateway'],
  cloud_properties: properties,
});

async function services(site: Site): Promise<readonly V1Service[]> {
  return await site.list('services');
}

async function addressesIn(site: Site, vm: string): Promise<string | undefined> {
  const env = (await site.pod(vm))?.spec?.containers[0]?.env;
  return env?.find(({ name }) => name === 'BOSH_CPI_ADDRESSES')?.value;
}

interface ServiceRange {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Strategies of network plugins, what they need, the annotation that has the address, and whether it becomes the one in the pod's status. */
const annotated: readonly (readonly [string, object, string, boolean])[] = [
  ['calico', {}, 'cni.projectcalico.org/ipAddrs', true],
  ['kube-ovn', { subnet: 'blue' }, 'ovn.kubernetes.io/ip_address', true],
  ['antrea', { ippool: 'pool1' }, 'ipam.antrea.io/pod-ips', true],
  ['ovn', {}, 'v1.multus-cni.io/default-network', false],
  ['multus', { network_attachment: 'lan' }, 'k8s.v1.cni.cncf.io/networks', false],
];

/** The kinds that plugins keep their ranges in. */
const pluginKinds: readonly CustomKind[] = [
  { group: 'kubeovn.io', version: 'v1', plural: 'subnets', kind: 'Subnet', scope: 'Cluster' },
  { group: 'crd.antrea.io', version: 'v1beta1', plural: 'ippools', kind: 'IPPool', scope: 'Cluster' },
  { group: 'crd.projectcalico.org', version: 'v1', plural: 'ippools', kind: 'IPPool', scope: 'Cluster' },
  attachmentDefinition,
];

contract('networks', (declare) => {
  declare(
    'a manual address is a Service of the VM, is held by the machine, and stays over a recreation',
    async (t, site) => {
      const ip = address();
      const vm = await createVm(site, { networks: { default: manual(ip) } });
      const [service, ...more] = await services(site);
      t.is(more.length, 0);
      t.like(service?.spec, { clusterIP: ip, type: 'ClusterIP', publishNotReadyAddresses: true });
      t.deepEqual(
        service?.spec?.ports?.map(({ port }) => port),
        [22, 6868],
      );
      const pod = await site.pod(vm);
      const agentId = pod?.metadata?.labels?.[`${prefix}/agent-id`];
      t.deepEqual(service?.spec?.selector, { [`${prefix}/agent-id`]: agentId } as never);
      t.like(service?.metadata?.ownerReferences?.[0], { kind: 'Secret', name: vm });
      t.is(pod?.metadata?.annotations?.[`${prefix}/ip-address`], ip);
      t.is(await addressesIn(site, vm), `${ip}/32`);
      const disk = await site.ok<string>('create_disk', [64, {}, vm]);
      await site.ok('attach_disk', [vm, disk]);
      t.is((await services(site))[0]?.metadata?.uid, service?.metadata?.uid);
      t.is((await site.pod(vm))?.metadata?.annotations?.[`${prefix}/ip-address`], ip);
      t.is(await addressesIn(site, vm), `${ip}/32`);
      await site.ok('delete_vm', [vm]);
      const next = await createVm(site, { networks: { default: manual(ip) } });
      t.is(await addressesIn(site, next), `${ip}/32`, 'the address is free again');
    },
  );

  declare('ports come from the network, the configuration and the VM', async (t, site) => {
    const properties = { ports: [4222, '53/udp'] };
    await createVm(site, { networks: { a: manual(address(), properties) }, properties: { ports: [8443, 4222] } });
    const ports = (await services(site))[0]?.spec?.ports?.map(({ port, protocol }) => `${port}/${protocol}`);
    t.deepEqual(ports, ['4222/TCP', '53/UDP', '8443/TCP']);
  });

  declare('an address that another VM has: the error names it, and nothing is left of the new one', async (t, site) => {
    const ip = address();
    const first = await createVm(site, { networks: { default: manual(ip) } });
    const before = await site.objects();
    const { type, message, okToRetry } = await site.fails(
      'create_vm',
      vmArguments(site.backend, { networks: { default: manual(ip) } }),
    );
    t.is(type, 'CloudError');
    t.true(message.includes(ip) && message.includes(first), message);
    t.false(okToRetry);
    t.deepEqual(await site.objects(), before);
  });

  declare('an address that a Service of another namespace has: the error names that', async (t, site) => {
    const { admin } = site.backend;
    const [ip, name] = [address(), `${site.namespace}-other`];
    const path = '/api/v1/namespaces/default/services';
    const body = { metadata: { name }, spec: { clusterIP: ip, ports: [{ port: 80 }] } };
    await admin.json({ method: 'POST', path, body });
    try {
      const networks = { default: manual(ip) };
      const { type, message } = await site.fails('create_vm', vmArguments(site.backend, { networks }));
      t.is(type, 'CloudError');
      t.true(message.includes(`${ip} is taken by Service ${name} of namespace default`), message);
      t.deepEqual(await site.objects(), []);
    } finally {
      await admin.json({ method: 'DELETE', path: `${path}/${name}` });
    }
  });

  declare(
    'an address outside the ranges of Services: the error has the manifest that makes it one',
    async (t, site) => {
      const ip = `198.18.${randomInt(256)}.7`;
      const networks = { default: manual(ip) };
      const { type, message } = await site.fails('create_vm', vmArguments(site.backend, { networks }));
      t.is(type, 'CloudError');
      t.regex(message, /networks\.default\.ip: 198\.18\.\d+\.7 is in no range of Services \(.*10\.96\.0\.0\/16/);
      t.deepEqual(await site.objects(), []);
      const { admin } = site.backend;
      const path = '/apis/networking.k8s.io/v1/servicecidrs';
      const body = JSON.parse(/\{.*\}/.exec(message)?.[0] ?? '') as { metadata: { name: string } };
      await admin.json({ method: 'POST', path, body });
      const range = `${path}/${body.metadata.name}`;
      try {
        await waitFor('the range is ready', 30_000, async () => {
          const { status } = await admin.json<ServiceRange>({ method: 'GET', path: range });
          return status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') || undefined;
        });
        await createVm(site, { networks });
        t.is((await services(site))[0]?.spec?.clusterIP, ip);
      } finally {
        await admin.json({ method: 'DELETE', path: range });
      }
    },
  );

  declare('an address of each family is a Service of each, found however it is written', async (t, site) => {
    const [four, six] = [address(), `fd00:10:96::${randomInt(0x1000, 0x10000).toString(16)}`];
    const written = six.replace('::', ':0000:0:0:0:').toUpperCase();
    const networks = { four: manual(four), six: manual(written) };
    const vm = await createVm(site, { networks });
    const made = (await services(site)).map(({ spec }) => [spec?.clusterIP, spec?.ipFamilies, spec?.ipFamilyPolicy]);
    t.deepEqual(made.sort(), [
      [four, ['IPv4'], 'SingleStack'],
      [six, ['IPv6'], 'SingleStack'],
    ] as never);
    t.is((await site.pod(vm))?.metadata?.annotations?.[`${prefix}/ip-address`], `${four},${six}`);
    t.is(await addressesIn(site, vm), `${four}/32 ${six}/128`);
    const again = vmArguments(site.backend, { networks: { six: manual(six.replace('::', ':0::')) } });
    const { message } = await site.fails('create_vm', again);
    t.true(message.includes(six) && message.includes(vm), message);
  });

  declare('two manual networks and a dynamic one', async (t, site) => {
    const [one, two] = [address(), address()];
    const networks = { one: manual(one), two: manual(two), three: { type: 'dynamic', cloud_properties: {} } };
    const vm = await createVm(site, { networks });
    t.deepEqual((await services(site)).map(({ spec }) => spec?.clusterIP).sort(), [one, two].sort());
    t.is((await site.pod(vm))?.metadata?.annotations?.[`${prefix}/ip-address`], `${one},${two}`);
    t.is(await addressesIn(site, vm), `${one}/32 ${two}/32`);
    const data = (await site.secret(vm))?.data?.['settings.json'] ?? '';
    const settings = JSON.parse(Buffer.from(data, 'base64').toString()) as { networks: Record<string, object> };
    t.like(settings.networks.one, { type: 'manual', ip: one, netmask: '255.255.255.0', preconfigured: true });
    t.like(settings.networks.three, { type: 'dynamic', preconfigured: true });
  });

  declare('a vip is a load balancer that is asked for the address, or a fixed cluster address', async (t, site) => {
    const networks = {
      default: { type: 'dynamic', cloud_properties: {} },
      public: { type: 'vip', ip: '203.0.113.9', cloud_properties: { annotations: { 'example.com/pool': 'public' } } },
    };
    await createVm(site, { networks, properties: { ports: [443] } });
    const [balancer] = await services(site);
    t.like(balancer?.spec, { type: 'LoadBalancer', loadBalancerIP: '203.0.113.9' });
    t.is(balancer?.metadata?.annotations?.['example.com/pool'], 'public');
    t.true(balancer?.spec?.ports?.some(({ port }) => port === 443));
  });

  for (const [strategy, properties, key, own] of annotated) {
    const attach = { attach: 'recreate' } as const;
    declare(
      `${strategy}: the pod asks for the address in every life, and a clash is found before anything is made`,
      async (t, site) => {
        const networks = { default: manual('10.88.201.7', { strategy, ...properties }) };
        const vm = await createVm(site, { networks });
        const { metadata } = (await site.pod(vm)) ?? {};
        t.true(metadata?.annotations?.[key]?.includes('10.88.201.7'));
        t.is(metadata?.annotations?.[`${prefix}/ip-address`], '10.88.201.7');
        t.deepEqual(await services(site), []);
        t.falsy(await addressesIn(site, vm), 'its plugin gives it, not the machine');
        if (own) t.is((await site.pod(vm))?.status?.podIP, '10.88.201.7');
        const before = await site.objects();
        const { type, message } = await site.fails('create_vm', vmArguments(site.backend, { networks }));
        t.is(type, 'CloudError');
        t.true(message.includes('10.88.201.7') && message.includes(vm), message);
        t.deepEqual(await site.objects(), before);
        await site.ok('attach_disk', [vm, await site.ok<string>('create_disk', [64, {}, vm])]);
        const next = (await site.pod(vm))?.metadata;
        t.not(next?.uid, metadata?.uid);
        t.is(next?.annotations?.[key], metadata?.annotations?.[key]);
      },
      attach,
    );
  }

  declare(
    "ranges of the plugins' own objects are looked at with the rights of the manifest",
    async (t, site) => {
      const { admin } = site.backend;
      const remove = await installKinds(admin, pluginKinds);
      try {
        const make = (apiVersion: string, kind: string, path: string, name: string, spec: object) =>
          createObject(admin, `/apis/${apiVersion}/${path}`, { apiVersion, kind, metadata: { name }, spec });
        const attachment = (name: string, config: object) => {
          const path = `namespaces/${site.namespace}/network-attachment-definitions`;
          const spec = { config: JSON.stringify(config) };
          return make('k8s.cni.cncf.io/v1', 'NetworkAttachmentDefinition', path, name, spec);
        };
        const range = '10.88.0.0/16';
        await make('kubeovn.io/v1', 'Subnet', 'subnets', 'blue', { cidrBlock: range, gateway: '10.88.0.1' });
        await make('crd.antrea.io/v1beta1', 'IPPool', 'ippools', 'pool1', { ipRanges: [{ cidr: range }] });
        await make('crd.projectcalico.org/v1', 'IPPool', 'ippools', 'default', { cidr: range });
        const config = { type: 'bridge', capabilities: { ips: true }, ipam: { type: 'static' } };
        await attachment('lan', config);
        await attachment('deaf', { ...config, ipam: {} });
        await attachment('primary', { role: 'primary', topology: 'layer2', subnets: range });
        for (const [index, [strategy, properties]] of annotated.entries()) {
          const on = (ip: string, other: object = {}) => ({
            networks: { default: manual(ip, { strategy, ...properties, ...other }) },
          });
          await createVm(site, on(`10.88.202.${index + 1}`));
          const wrong = strategy === 'multus' ? on('10.88.203.1', { network_attachment: 'deaf' }) : on('10.99.0.7');
          const { type, message } = await site.fails('create_vm', vmArguments(site.backend, wrong));
          t.is(type, 'CloudError');
          const said =
            strategy === 'multus' ? /deaf takes no addresses/ : /10\.99\.0\.7 is not in .*\(10\.88\.0\.0\/16\)/;
          t.regex(message, said, strategy);
        }
      } finally {
        await remove();
      }
    },
    { only: 'kubernetes' },
  );

  declare('services of cloud_properties, made as written', async (t, site) => {
    const ip = address();
    const properties = {
      services: [
        {
          name: 'web',
          ports: [
            { port: 80, target_port: 8080 },
            { name: 'dns', port: 53, protocol: 'UDP' },
          ],
        },
        {
          name: 'fixed',
          cluster_ip: ip,
          ports: [{ port: 443 }],
          labels: { team: 'blue' },
          annotations: { note: 'x y' },
        },
        { name: 'node', type: 'NodePort', ports: [{ port: 22 }] },
        { name: 'balanced', type: 'LoadBalancer', load_balancer_ip: '203.0.113.7', ports: [{ port: 25555 }] },
      ],
    };
    const vm = await createVm(site, { properties });
    t.like((await site.service('web'))?.spec, { type: 'ClusterIP', publishNotReadyAddresses: true });
    t.deepEqual(
      (await site.service('web'))?.spec?.ports?.map(({ port, targetPort }) => [port, targetPort]) as unknown,
      [
        [80, 8080],
        [53, 53],
      ],
    );
    t.is((await site.service('fixed'))?.spec?.clusterIP, ip);
    t.is((await site.service('fixed'))?.metadata?.labels?.team, 'blue');
    t.is((await site.service('fixed'))?.metadata?.annotations?.note, 'x y');
    t.true(Number((await site.service('node'))?.spec?.ports?.[0]?.nodePort) >= 30000);
    t.is((await site.service('balanced'))?.spec?.loadBalancerIP, '203.0.113.7');
    for (const service of await services(site)) t.is(service.metadata?.ownerReferences?.[0]?.name, vm);
    await site.ok('delete_vm', [vm]);
    t.deepEqual(await site.objects(), []);
  });

  declare('a name that another VM has: the error names it and the way out', async (t, site) => {
    const properties = { services: [{ name: 'web', ports: [{ port: 80 }] }] };
    const first = await createVm(site, { properties });
    const { type, message } = await site.fails('create_vm', vmArguments(site.backend, { properties }));
    t.is(type, 'CloudError');
    t.true(message.includes(first), message);
    t.regex(message, /exists already.*shared: true/);
    t.truthy(await site.service('web'));
    await site.backend.admin.json({
      method: 'POST',
      path: `/api/v1/namespaces/${site.namespace}/services`,
      body: { metadata: { name: 'theirs' }, spec: { ports: [{ port: 80 }] } },
    });
    const foreign = { services: [{ name: 'theirs', ports: [{ port: 80 }] }] };
    t.regex(
      (await site.fails('create_vm', vmArguments(site.backend, { properties: foreign }))).message,
      /exists already/,
    );
    t.truthy(await site.service('theirs'), 'what is not ours is not taken away');
  });

  declare('a node port that is taken', async (t, site) => {
    const port = randomInt(31000, 32700);
    const service = (name: string) => ({
      services: [{ name, type: 'NodePort', ports: [{ port: 22, node_port: port }] }],
    });
    const first = await createVm(site, { properties: service('one') });
    const { message } = await site.fails('create_vm', vmArguments(site.backend, { properties: service('two') }));
    t.true(message.includes(first), message);
    t.deepEqual(
      (await services(site)).map(({ metadata }) => metadata?.name),
      ['one'],
    );
  });

  declare('the same Service twice on one VM is a mistake in the manifest', async (t, site) => {
    const service = { name: 'web', ports: [{ port: 80 }] };
    const { type, message } = await site.fails(
      'create_vm',
      vmArguments(site.backend, { properties: { services: [service, service] } }),
    );
    t.is(type, 'CpiError');
    t.regex(message, /there twice/);
  });

  declare('a shared Service stands in front of all VMs that name it, and goes with the last', async (t, site) => {
    const properties = { services: [{ name: 'together', shared: true, ports: [{ port: 80 }] }] };
    const vms = [await createVm(site, { properties }), await createVm(site, { properties })];
    const service = await site.service('together');
    const selector = service?.spec?.selector ?? {};
    t.is(service?.metadata?.ownerReferences?.length, 2);
    for (const vm of vms) t.like((await site.pod(vm))?.metadata?.labels, selector);
    const other = await createVm(site);
    const labels = (await site.pod(other))?.metadata?.labels ?? {};
    for (const key of Object.keys(selector)) t.is(labels[key], undefined);
    await site.ok('delete_vm', [vms[0]]);
    t.deepEqual(
      (await site.service('together'))?.metadata?.ownerReferences?.map(({ name }) => name),
      [vms[1]] as never,
    );
    await site.ok('delete_vm', [vms[1]]);
    t.is(await site.service('together'), undefined);
  });

  declare('metadata cannot take a machine out of its shared Service', async (t, site) => {
    const properties = { services: [{ name: 'together', shared: true, ports: [{ port: 80 }] }] };
    const vm = await createVm(site, { agentId: randomUUID(), properties });
    const selector = (await site.service('together'))?.spec?.selector ?? {};
    await site.ok('set_vm_metadata', [vm, { 'service-together': 'no', job: 'web' }]);
    t.like((await site.pod(vm))?.metadata?.labels, selector);
  });
});
