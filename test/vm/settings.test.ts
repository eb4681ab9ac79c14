import test from 'ava';
import { agentSettings } from '../../src/vm/settings.ts';

const defaults = {
  mbus: 'nats://10.96.0.6:4222',
  ntp: ['a'],
  blobstores: [{ provider: 'dav', options: { endpoint: 'x' } }],
};
const settings = (networks: Parameters<typeof agentSettings>[2], env = {}, from = defaults) =>
  agentSettings('id', 'agent-id', networks, env, from) as {
    networks: Record<string, Record<string, unknown>>;
    blobstore: object;
  };

const manual = {
  type: 'manual',
  ip: '10.96.50.11',
  netmask: '255.255.255.0',
  gateway: '10.96.50.1',
  dns: ['10.96.0.10'],
  default: ['dns', 'gateway'],
};

test('no cloud_properties of a network reach the machine', (t) => {
  const { networks } = settings({ a: { ...manual, cloud_properties: { strategy: 'calico', secret: 'x' } } });
  t.deepEqual(networks.a, { ...manual, preconfigured: true });
});

test('a dynamic network loses the address of the previous life, and keeps its resolvers', (t) => {
  const { networks } = settings({ a: { ...manual, type: 'dynamic', prefix: 24 } });
  t.deepEqual(networks.a, { type: 'dynamic', dns: ['10.96.0.10'], default: ['dns', 'gateway'], preconfigured: true });
});

test('an address of version 6 keeps its prefix, as text: that is how an agent reads it', (t) => {
  const { networks } = settings({ a: { type: 'manual', ip: 'fd00::7', prefix: 64 } });
  t.like(networks.a, { ip: 'fd00::7', prefix: '64' });
});

test('a vip is known to the agent and configured by nobody', (t) => {
  const { networks } = settings({ a: { type: 'vip', ip: '203.0.113.9', cloud_properties: {} } });
  t.deepEqual(networks.a, { type: 'vip', ip: '203.0.113.9' });
});

test('the blobstore: the one of env, else the configured one, else the machine itself', (t) => {
  const fromEnv = { provider: 'local', options: { blobstore_path: '/x' } };
  t.deepEqual(settings({}, { bosh: { blobstores: [fromEnv] } }).blobstore, fromEnv);
  t.deepEqual(settings({}).blobstore, defaults.blobstores[0]);
  t.like(settings({}, {}, { ...defaults, blobstores: [] }).blobstore, { provider: 'local' });
});

test('settings in memory, which a restart of the container would lose, are refused', (t) => {
  const withTmpfs = (tmpfs: boolean) => ({ bosh: { agent: { settings: { tmpfs } } } });
  t.throws(() => settings({}, withTmpfs(true)), { message: /^env\.bosh\.agent\.settings\.tmpfs: .* remove it/ });
  t.like(settings({}, withTmpfs(false)), { env: withTmpfs(false) });
});

test('env is handed on whole: bosh-agent reads what this CPI does not know', (t) => {
  const env = { bosh: { mbus: { cert: { ca: 'x' } }, password: 'p', remove_dev_tools: true }, other: [1] };
  t.like(settings({}, env), { env, agent_id: 'id', vm: { name: 'agent-id', id: 'agent-id' }, mbus: defaults.mbus });
  t.deepEqual((settings({}, env) as unknown as { env: object }).env, env);
});
