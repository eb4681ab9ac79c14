import test from 'ava';
import fc from 'fast-check';
import { CloudError } from '../../src/bosh/cloud-error.ts';
import { planNetworks } from '../../src/network/plan.ts';
import { servicePorts } from '../../src/network/properties.ts';

const vm = 'agent-f66d842d-15b0-413f-bf9d-502218611f66';
const defaults = { strategy: 'service', ports: [22, 6868] } as const;
const plan = (networks: Parameters<typeof planNetworks>[1], ports: readonly (number | string)[] = []) =>
  planNetworks(vm, networks, defaults, ports);

test('a dynamic network asks nothing of the cluster, whatever address it names', (t) => {
  t.deepEqual(plan({ a: { type: 'dynamic', ip: '10.88.0.23' } }), []);
});

test('a network without a type is manual, as in a cloud-config', (t) => {
  t.deepEqual(plan({ a: { ip: '10.96.50.11' } })[0]?.promised, ['10.96.50.11']);
});

test('a manual address is promised and held, version 6 with its own prefix', (t) => {
  t.deepEqual(plan({ a: { type: 'manual', ip: '10.96.50.11' } })[0]?.addresses, ['10.96.50.11/32']);
  t.deepEqual(plan({ a: { type: 'manual', ip: 'fd00::7' } })[0]?.addresses, ['fd00::7/128']);
});

for (const ip of [
  undefined,
  '',
  '10.96.50',
  '10.96.50.256',
  'db.example.com',
  '10.96.50.1/24',
  ' 10.0.0.1',
  'fe80::1%eth0',
  '::ffff:10.0.0.1',
]) {
  test(`${JSON.stringify(ip)} is no address, and the error names the network`, (t) => {
    for (const type of ['manual', 'vip']) {
      const error = t.throws(() => plan({ private: { type, ...(ip !== undefined && { ip }) } }), {
        instanceOf: CloudError,
      });
      t.is(error.type, 'CpiError');
      t.regex(error.message, /networks\.private\.ip: expected an IP address/);
    }
  });
}

test('Services of any networks of any VM have legal names, no two the same', (t) => {
  const name = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom('default', 'Default', 'my network', 'a'.repeat(80)),
  );
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), (names) => {
      const networks = Object.fromEntries(names.map((each) => [each, { type: 'manual', ip: '10.96.50.11' }]));
      const services = plan(networks).flatMap((network) => network.services ?? []);
      for (const service of services) t.regex(service.name, /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
      t.is(new Set(services.map((service) => service.name)).size, Object.keys(networks).length);
    }),
  );
});

test('the strategy of a subnet goes before the configured one', (t) => {
  const [calico] = plan({ a: { type: 'manual', ip: '10.88.0.7', cloud_properties: { strategy: 'calico' } } });
  t.is(calico?.services, undefined);
  t.deepEqual(calico?.annotations, { 'cni.projectcalico.org/ipAddrs': '["10.88.0.7"]' });
});

const ports = (given: readonly (number | string)[]) =>
  servicePorts(given, 'ports').map(({ port, protocol, name }) => `${name}=${port}/${protocol}`);

test('ports are read with their protocol, each once', (t) => {
  t.deepEqual(ports([22, '22', '22/tcp', '53/udp', 53]), ['tcp-22=22/TCP', 'udp-53=53/UDP', 'tcp-53=53/TCP']);
  t.deepEqual(ports(['4789/UDP', '38412/sctp']), ['udp-4789=4789/UDP', 'sctp-38412=38412/SCTP']);
});

for (const port of [0, 65536, -1, 1.5, '', 'ssh', '22/icmp', '22-25', '0x16', ' 22']) {
  test(`${JSON.stringify(port)} is no port, and the error says where`, (t) => {
    const error = t.throws(() => servicePorts([22, port], 'networks.a: ports'), { instanceOf: CloudError });
    t.regex(error.message, /networks\.a: ports\[1\]/);
  });
}
