import test, { type ExecutionContext } from 'ava';
import { CloudError } from '../../src/bosh/cloud-error.ts';
import type { NetworkStrategyName, Session } from '../../src/bosh/session.ts';
import { ApiError } from '../../src/kubernetes/errors.ts';
import { planNetworks } from '../../src/network/plan.ts';
import { requireGiven } from '../../src/network/pod-address.ts';

const vm = 'agent-f66d842d-15b0-413f-bf9d-502218611f66';
const plan = (networks: Parameters<typeof planNetworks>[1]) =>
  planNetworks(vm, networks, { strategy: 'service', ports: [22] }, []);

const masks = { four: '255.255.255.0', six: 'ffff:ffff:ffff:ffff::' };

/** A manual network as a Director sends it: `prefix` is the block of addresses that the VM has, not the subnet. */
function manual(strategy: NetworkStrategyName, ip: string, properties: object = {}) {
  const six = ip.includes(':');
  const subnet = { netmask: six ? masks.six : masks.four, prefix: six ? '128' : '32' };
  return { type: 'manual', ip, ...subnet, cloud_properties: { strategy, ...properties } };
}

interface World {
  /** What each collection has; a number is the status of the refusal. Others are not there. */
  readonly objects?: Readonly<Record<string, readonly object[] | number>>;
  readonly pods?: readonly object[];
}

/** Runs the checks of all plans against a cluster, and gives what they logged. */
async function check(networks: Parameters<typeof planNetworks>[1], { objects = {}, pods = [] }: World = {}) {
  const lines: string[] = [];
  const cluster = {
    namespace: 'bosh',
    async json({ path }: { path: string }) {
      const items = objects[path] ?? 404;
      if (typeof items !== 'number') return { items };
      throw new ApiError({ status: items, reason: '', message: 'no', verb: 'list', resource: path });
    },
    core: { listNamespacedPod: async () => ({ items: pods }) },
  };
  const session = { cluster, log: (line: string) => lines.push(line) } as unknown as Session;
  for (const each of plan(networks)) await each.check?.(session);
  return lines;
}

async function refused(t: ExecutionContext, work: Promise<unknown>, message: RegExp) {
  const error = await t.throwsAsync(work, { instanceOf: CloudError });
  t.regex(error.message, message);
}

function refusedPlan(t: ExecutionContext, networks: Parameters<typeof planNetworks>[1], message: RegExp) {
  const error = t.throws(() => plan(networks), { instanceOf: CloudError });
  t.is(error.type, 'CpiError');
  t.regex(error.message, message);
}

const pool = { ippool: 'pool1' };
const attachment = { network_attachment: 'lan' };

/** The annotations of one network of version 4 and one of 6, the latter named first and not in its canonical form. */
const annotated: readonly [NetworkStrategyName, object, object, Readonly<Record<string, unknown>>][] = [
  ['calico', {}, {}, { 'cni.projectcalico.org/ipAddrs': ['10.0.0.7', 'fd00::7'] }],
  ['kube-ovn', {}, {}, { 'ovn.kubernetes.io/ip_address': '10.0.0.7,fd00::7' }],
  [
    'kube-ovn',
    { subnet: 'blue' },
    {},
    { 'ovn.kubernetes.io/ip_address': '10.0.0.7,fd00::7', 'ovn.kubernetes.io/logical_switch': 'blue' },
  ],
  [
    'antrea',
    { ippool: 'four' },
    { ippool: 'six' },
    { 'ipam.antrea.io/ippools': 'four,six', 'ipam.antrea.io/pod-ips': '10.0.0.7,fd00::7' },
  ],
  [
    'ovn',
    {},
    {},
    {
      'v1.multus-cni.io/default-network': [
        { name: 'default', namespace: 'ovn-kubernetes', ips: ['10.0.0.7/24', 'fd00::7/64'] },
      ],
    },
  ],
];

for (const [strategy, four, six, annotations] of annotated) {
  test(`${strategy} ${JSON.stringify(four)}: both addresses in one annotation, version 4 first`, (t) => {
    const networks = { six: manual(strategy, 'FD00:0::7', six), four: manual(strategy, '10.0.0.7', four) };
    const [planned, ...more] = plan(networks);
    t.deepEqual(more, []);
    t.deepEqual(planned?.promised, ['10.0.0.7', 'fd00::7']);
    const read = Object.entries(planned?.annotations ?? {}).map(([key, text]) => [
      key,
      text.startsWith('[') ? JSON.parse(text) : text,
    ]);
    t.deepEqual(Object.fromEntries(read), annotations);
    t.is(planned?.addresses, undefined, 'the pod has them itself');
    t.is(planned?.services, undefined);
  });
}

test('multus: one interface for each attachment, with all of its addresses', (t) => {
  const networks = {
    a: manual('multus', '10.0.0.7', attachment),
    b: manual('multus', '10.1.0.7', { network_attachment: 'infra/wan' }),
    c: manual('multus', 'fd00:0::7', attachment),
  };
  const [planned] = plan(networks);
  const elements = JSON.parse(planned?.annotations?.['k8s.v1.cni.cncf.io/networks'] ?? '') as { mac: string }[];
  const macs = elements.map(({ mac }) => mac);
  t.deepEqual(elements, [
    { name: 'lan', ips: ['10.0.0.7/24', 'fd00::7/64'], mac: macs[0] },
    { name: 'wan', namespace: 'infra', ips: ['10.1.0.7/24'], mac: macs[1] },
  ] as never);
  for (const mac of macs) t.regex(mac, /^02(:[0-9a-f]{2}){5}$/);
  t.not(macs[0], macs[1]);
  t.deepEqual(plan(networks)[0]?.annotations, planned?.annotations, 'the same in every life');
  t.deepEqual([...(planned?.promised ?? [])].sort(), ['10.0.0.7', '10.1.0.7', 'fd00::7']);
  t.is(planned?.addresses, undefined);
});

test('service: an address of each family is a Service of its own family, held by the machine', (t) => {
  const networks = { four: manual('service', '10.96.0.7'), six: manual('service', 'FD00:0::7') };
  const [planned] = plan(networks);
  t.deepEqual(planned?.addresses, ['10.96.0.7/32', 'fd00::7/128']);
  t.like(planned?.services?.[0]?.spec, { clusterIP: '10.96.0.7', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
  t.like(planned?.services?.[1]?.spec, { clusterIP: 'fd00::7', ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' });
});

test('strategies of different interfaces go together', (t) => {
  const networks = {
    own: manual('calico', '10.0.0.7'),
    beside: manual('multus', '10.1.0.7', attachment),
    before: manual('service', '10.96.0.7'),
    any: { type: 'dynamic' },
  };
  const keys = plan(networks).flatMap(({ annotations = {} }) => Object.keys(annotations));
  t.deepEqual(keys, ['cni.projectcalico.org/ipAddrs', 'k8s.v1.cni.cncf.io/networks']);
});

for (const strategy of ['calico', 'kube-ovn', 'antrea', 'ovn'] as const) {
  test(`${strategy}: two addresses of a family are refused, since one would be lost`, (t) => {
    const networks = { first: manual(strategy, '10.0.0.7', pool), second: manual(strategy, '10.0.1.7', pool) };
    refusedPlan(t, networks, /networks\.second: a pod has one IPv4 address, and first gives it/);
  });
}

test('a pod gets its address from one plugin', (t) => {
  const networks = { a: manual('calico', '10.0.0.7'), b: manual('kube-ovn', 'fd00::7') };
  refusedPlan(t, networks, /networks\.b: the strategy kube-ovn cannot be with calico of a/);
});

test('what a strategy cannot do without is asked for', (t) => {
  refusedPlan(t, { a: manual('antrea', '10.0.0.7') }, /networks\.a\.cloud_properties\.ippool: required/);
  refusedPlan(t, { a: manual('multus', '10.0.0.7') }, /networks\.a\.cloud_properties\.network_attachment: required/);
  const path = { network_attachment: 'a/b/c' };
  refusedPlan(t, { a: manual('multus', '10.0.0.7', path) }, /network_attachment: required.*namespace\/name/);
  for (const strategy of ['multus', 'ovn'] as const) {
    const { netmask: _, ...without } = manual(strategy, '10.0.0.7', attachment);
    refusedPlan(t, { a: without }, /networks\.a\.netmask: expected the mask of 10\.0\.0\.7's subnet/);
  }
  const two = { a: manual('kube-ovn', '10.0.0.7', { subnet: 'x' }), b: manual('kube-ovn', 'fd00::7', { subnet: 'y' }) };
  refusedPlan(t, two, /networks a, b: cloud_properties\.subnet must be the same/);
});

const everyStrategy: readonly [NetworkStrategyName, object][] = [
  ['calico', {}],
  ['kube-ovn', {}],
  ['antrea', pool],
  ['ovn', {}],
  ['multus', attachment],
];

for (const [strategy, properties] of everyStrategy) {
  test(`${strategy}: an address that another pod has or was promised is refused with the pod's name`, async (t) => {
    const networks = { a: manual(strategy, 'fd00:0::7', properties) };
    const pod = (name: string, rest: object, annotations: object = {}) => ({
      metadata: { name, annotations },
      ...rest,
    });
    const held = pod('db', { status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::7' }] } });
    const promised = pod('agent-1', {}, { 'bosh.cloudfoundry.org/ip-address': '10.0.0.1,fd00::7' });
    const status = JSON.stringify([{ name: 'cbr0' }, { name: 'lan', interface: 'net1', ips: ['fd00:0:0::7'] }]);
    const beside = pod('other', { status: { phase: 'Running' } }, { 'k8s.v1.cni.cncf.io/network-status': status });
    for (const each of [held, promised, beside]) {
      const message = new RegExp(`networks\\.a\\.ip: fd00::7 is taken by pod ${each.metadata.name}$`);
      await refused(t, check(networks, { pods: [each] }), message);
    }
    const over = pod('ended', { status: { phase: 'Succeeded', podIPs: [{ ip: 'fd00::7' }] } });
    const own = pod(vm, { status: { phase: 'Running', podIPs: [{ ip: 'fd00::7' }] } });
    const broken = pod('odd', { status: {} }, { 'k8s.v1.cni.cncf.io/network-status': '[fd00::7' });
    await t.notThrowsAsync(check(networks, { pods: [over, own, broken] }));
  });

  test(`${strategy}: where ranges are not to be read it does without, and the log says so`, async (t) => {
    const networks = { a: manual(strategy, '10.0.0.7', properties) };
    t.regex((await check(networks)).join('\n'), /are not looked at \(the cluster has none\)/);
    const lists = {
      calico: '/apis/crd.projectcalico.org/v1/ippools',
      'kube-ovn': '/apis/kubeovn.io/v1/subnets',
      antrea: '/apis/crd.antrea.io/v1beta1/ippools',
      ovn: '/apis/k8s.cni.cncf.io/v1/namespaces/bosh/network-attachment-definitions',
      multus: '/apis/k8s.cni.cncf.io/v1/namespaces/bosh/network-attachment-definitions',
    };
    const path = lists[strategy as keyof typeof lists];
    t.regex((await check(networks, { objects: { [path]: 403 } })).join('\n'), /\(no right to list them\)/);
    await t.throwsAsync(check(networks, { objects: { [path]: 500 } }), { instanceOf: ApiError });
  });
}

test('a pod that came up without what it was promised is refused, in whatever form its addresses are', (t) => {
  const [planned] = plan({ a: manual('kube-ovn', '10.0.0.7'), b: manual('kube-ovn', 'fd00::7') });
  if (planned === undefined) throw new Error('no plan');
  const pod = (...ips: readonly string[]) => ({ status: { podIPs: ips.map((ip) => ({ ip })) } });
  t.notThrows(() => requireGiven(pod('10.0.0.7', 'fd00:0:0::7'), [planned]));
  const message = /has 10\.0\.0\.9 and not 10\.0\.0\.7, fd00::7: .* annotation ovn\.kubernetes\.io\/ip_address/;
  t.throws(() => requireGiven(pod('10.0.0.9'), [planned]), { instanceOf: CloudError, message });
  const beside = { a: manual('service', '10.96.0.7'), b: manual('multus', '10.1.0.7', attachment) };
  t.notThrows(() => requireGiven(pod('10.0.0.9'), plan(beside)), "these are not the pod's own");
});

test('service: an address in no range is refused with the ranges and what makes one', async (t) => {
  const cidr = (cidrs: readonly string[], metadata: object = {}) => ({ metadata, spec: { cidrs } });
  const going = cidr(['192.0.2.0/24'], { deletionTimestamp: '2026-01-01T00:00:00Z' });
  const objects = { '/apis/networking.k8s.io/v1/servicecidrs': [cidr(['10.96.0.0/16', 'fd00::/112']), going] };
  const inside = { four: manual('service', '10.96.3.7'), six: manual('service', 'fd00::3') };
  t.deepEqual(await check(inside, { objects }), []);
  const outside = { a: { ...manual('service', '192.0.2.77'), netmask: '255.255.255.192' } };
  await refused(t, check(outside, { objects }), /networks\.a\.ip: 192\.0\.2\.77 .*\(10\.96\.0\.0\/16, fd00::\/112\)/);
  const error = await t.throwsAsync(check(outside, { objects }));
  t.deepEqual(JSON.parse(/\{.*\}/.exec(error?.message ?? '')?.[0] ?? ''), {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'bosh-192-0-2-64-26' },
    spec: { cidrs: ['192.0.2.64/26'] },
  });
  const six = await t.throwsAsync(check({ a: manual('service', 'fd07::9') }, { objects }));
  t.regex(six?.message ?? '', /"name":"bosh-fd07-64".*"cidrs":\["fd07::\/64"\]/);
  t.deepEqual((await check(outside)).length, 1, 'before Kubernetes 1.33 the API server alone judges');
});

test('calico: an IPPool counts that is enabled and for workloads', async (t) => {
  const poolOf = (cidr: string, rest: object = {}) => ({ metadata: { name: cidr }, spec: { cidr, ...rest } });
  const pools = [
    poolOf('10.0.0.0/24'),
    poolOf('fd00::/64', { allowedUses: ['Workload', 'Tunnel'] }),
    poolOf('10.1.0.0/24', { disabled: true }),
    poolOf('10.2.0.0/24', { allowedUses: ['LoadBalancer'] }),
  ];
  const objects = { '/apis/crd.projectcalico.org/v1/ippools': pools };
  await t.notThrowsAsync(check({ a: manual('calico', '10.0.0.7'), b: manual('calico', 'fd00::7') }, { objects }));
  for (const ip of ['10.1.0.7', '10.2.0.7', '10.3.0.7']) {
    const message = /networks\.a\.ip: .* is not in an enabled IPPool for workloads \(10\.0\.0\.0\/24, fd00::\/64\)/;
    await refused(t, check({ a: manual('calico', ip) }, { objects }), message);
  }
});

test('kube-ovn: an address of the Subnet, no gateway, best among the excluded ones', async (t) => {
  const subnet = (name: string, spec: object) => ({ metadata: { name }, spec });
  const blue = { cidrBlock: '10.0.0.0/24,fd00::/64', gateway: '10.0.0.1,fd00::1' };
  const objects = {
    '/apis/kubeovn.io/v1/subnets': [
      subnet('blue', { ...blue, excludeIps: ['10.0.0.1', '10.0.0.5..10.0.0.9', 'fd00::7'] }),
      subnet('red', { cidrBlock: '10.1.0.0/24', gateway: '10.1.0.1' }),
    ],
  };
  const both = { a: manual('kube-ovn', '10.0.0.7', { subnet: 'blue' }), b: manual('kube-ovn', 'fd00::7') };
  t.deepEqual(await check(both, { objects }), []);
  const lines = await check({ a: manual('kube-ovn', '10.1.0.7') }, { objects });
  t.regex(lines.join('\n'), /10\.1\.0\.7 is not among excludeIps of Subnet red/);
  const other = { a: manual('kube-ovn', '10.1.0.7', { subnet: 'blue' }) };
  await refused(t, check(other, { objects }), /10\.1\.0\.7 is not in Subnet blue of Kube-OVN \(10\.0\.0\.0\/24, fd00/);
  const missing = { a: manual('kube-ovn', '10.1.0.7', { subnet: 'green' }) };
  await refused(t, check(missing, { objects }), /Subnet green of Kube-OVN \(there is none\)/);
  await refused(t, check({ a: manual('kube-ovn', '10.0.0.1') }, { objects }), /10\.0\.0\.1 is the gateway/);
});

test('antrea: an address of the named IPPool', async (t) => {
  const poolOf = (name: string, ipRanges: readonly object[]) => ({ metadata: { name }, spec: { ipRanges } });
  const objects = {
    '/apis/crd.antrea.io/v1beta1/ippools': [
      poolOf('pool1', [{ start: '10.2.0.12', end: '10.2.0.20' }, { cidr: '10.2.1.0/28' }]),
      poolOf('pool2', [{ start: 'fd02::1', end: 'fd02::20' }]),
    ],
  };
  const six = manual('antrea', 'fd02::7', { ippool: 'pool2' });
  for (const ip of ['10.2.0.12', '10.2.0.20', '10.2.1.15']) {
    t.deepEqual(await check({ a: manual('antrea', ip, pool), b: six }, { objects }), []);
  }
  const outside = { a: manual('antrea', '10.2.0.21', pool) };
  await refused(t, check(outside, { objects }), /10\.2\.0\.21 is not in IPPool pool1 of Antrea \(10\.2\.0\.12\.\.10/);
});

/** NetworkAttachmentDefinitions of the namespace. */
function definitions(configs: Readonly<Record<string, unknown>>, namespace = 'bosh') {
  const items = Object.entries(configs).map(([name, config]) => ({
    metadata: { name },
    spec: { config: typeof config === 'string' ? config : JSON.stringify(config) },
  }));
  return { [`/apis/k8s.cni.cncf.io/v1/namespaces/${namespace}/network-attachment-definitions`]: items };
}

test('ovn: the primary layer-2 network of the namespace, an address for each of its subnets', async (t) => {
  const network = {
    role: 'primary',
    topology: 'layer2',
    subnets: '10.0.0.0/24,fd00::/64',
    reservedSubnets: '10.0.0.0/28',
  };
  const objects = definitions({ lan: { type: 'bridge' }, udn: network });
  const both = { a: manual('ovn', '10.0.0.7'), b: manual('ovn', 'fd00::7') };
  t.deepEqual(await check(both, { objects }), [
    'fd00::7 is not in reservedSubnets of udn: any pod may get it while the VM has none',
  ]);
  await refused(t, check({ a: manual('ovn', '10.0.0.7') }, { objects }), /udn wants an address in each of 10\.0\.0\.0/);
  const outside = { a: manual('ovn', '10.9.0.7'), b: manual('ovn', 'fd00::7') };
  await refused(t, check(outside, { objects }), /10\.9\.0\.7 is not in the primary network udn/);
  for (const config of [undefined, { ...network, topology: 'layer3' }]) {
    const others = definitions({ lan: { type: 'bridge' }, ...(config !== undefined && { udn: config }) });
    await refused(t, check(both, { objects: others }), /needs a primary user-defined network with topology Layer2/);
  }
});

test('multus: an attachment that is there and takes addresses', async (t) => {
  const takes = { type: 'bridge', capabilities: { ips: true }, ipam: { type: 'static' } };
  const configs = {
    lan: takes,
    list: { plugins: [takes, { type: 'tuning', capabilities: { mac: true } }] },
    overlay: { type: 'ovn-k8s-cni-overlay', topology: 'localnet' },
    pooled: { type: 'ovn-k8s-cni-overlay', topology: 'layer2', subnets: '10.0.0.0/24' },
    deaf: { ...takes, capabilities: {} },
    local: { ...takes, ipam: { type: 'host-local' } },
    broken: '{',
  };
  const objects = { ...definitions(configs), ...definitions({ wan: takes }, 'infra') };
  const on = (attachmentName: string) => ({ a: manual('multus', '10.0.0.7', { network_attachment: attachmentName }) });
  for (const name of ['lan', 'list', 'overlay', 'infra/wan']) t.deepEqual(await check(on(name), { objects }), [], name);
  for (const name of ['pooled', 'deaf', 'local', 'broken']) {
    const message = new RegExp(`NetworkAttachmentDefinition bosh/${name} takes no addresses: .*"static"`);
    await refused(t, check(on(name), { objects }), message);
  }
  await refused(t, check(on('infra/lan'), { objects }), /NetworkAttachmentDefinition infra\/lan does not exist/);
});
