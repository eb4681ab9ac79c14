import test from 'ava';
import { CloudError } from '../../src/bosh/cloud-error.ts';
import { callConfig } from '../../src/cpi/config.ts';

const agent = { mbus: 'nats://10.96.0.6:4222' };
const kubeconfig = { clusters: [], users: [], contexts: [], 'current-context': 'prod' };
const file = { kubeconfig, agent };
const caller = { director_uuid: 'x', request_id: 'cpi-1', vm: { stemcell: { api_version: 3 } } };

const configOf = (document: unknown, context: Record<string, unknown> = caller) =>
  callConfig(JSON.stringify(document), '/cpi.json', context);

function flawOf(document: unknown, context?: Record<string, unknown>): string {
  try {
    configOf(document, context);
  } catch (error) {
    if (error instanceof CloudError && error.type === 'CpiError') return error.message;
    throw error;
  }
  return 'none';
}

const flaws: readonly [string, unknown, RegExp][] = [
  ['no agent', { kubeconfig }, /\/cpi\.json: agent: required/],
  ['no mbus', { kubeconfig, agent: {} }, /agent\.mbus: required/],
  ['no cluster', { agent }, /kubeconfig: required, or in_cluster/],
  ['two clusters', { ...file, in_cluster: { host: '10.96.0.1' } }, /in_cluster: not together with kubeconfig/],
  ['a misspelt key', { ...file, namepsace: 'bosh' }, /namepsace: unknown, did you mean namespace\?/],
  [
    'a misspelt key further down',
    { ...file, timeouts: { craete_vm: 3 } },
    /timeouts\.craete_vm: unknown, did you mean create_vm\?/,
  ],
  ['a wait of nothing', { ...file, timeouts: { create_vm: 0 } }, /timeouts\.create_vm: must be at least 1 second/],
  [
    'a wait that is no number',
    { ...file, timeouts: { create_vm: '5m' } },
    /timeouts\.create_vm: expected number, got a string/,
  ],
  [
    'an unknown strategy',
    { ...file, network: { strategy: 'flannel' } },
    /network\.strategy: expected \("service" \| "calico" \| /,
  ],
  [
    'a path into a list',
    { ...file, agent: { mbus: 'x', ntp: ['a', 7] } },
    /agent\.ntp\[1\]: expected string, got a number/,
  ],
  ['an empty list', [], /\/cpi\.json: /],
];
for (const [what, document, expected] of flaws) test(what, (t) => t.regex(flawOf(document), expected));

test('text that is no JSON is not quoted', (t) => {
  const error = t.throws(() => callConfig('{"agent": {"mbus": "nats://canary"', '/cpi.json', caller), {
    instanceOf: CloudError,
  });
  t.regex(error.message, /\/cpi\.json is not JSON/);
  t.notRegex(error.message, /canary/);
});

test("a Director's own keys of the context are no configuration", (t) => {
  t.is(configOf(file).agent.mbus, agent.mbus);
});

test('a cpi-config changes what it names and leaves the rest', (t) => {
  const config = configOf(
    { ...file, namespace: 'bosh', disks: { storage_class: 'fast', access_mode: 'ReadWriteOncePod' } },
    { ...caller, namespace: 'other', disks: { storage_class: 'slow' } },
  );
  t.is(config.namespace, 'other');
  t.like(config.disks, { storage_class: 'slow', access_mode: 'ReadWriteOncePod' });
  t.is(config.agent.mbus, agent.mbus);
});

test("a cpi-config puts another cluster in the place of the file's, whichever way each is given", (t) => {
  const inCluster = { in_cluster: { host: '10.96.0.1' }, agent };
  t.is(configOf(inCluster, { ...caller, kubeconfig }).in_cluster, undefined);
  t.is(configOf(file, { ...caller, in_cluster: { host: '10.96.0.1' } }).kubeconfig, undefined);
  t.deepEqual(
    configOf(file, { ...caller, kubeconfig: { contexts: [] } }).kubeconfig,
    { contexts: [] },
    'never a mixture of two kubeconfigs',
  );
});

test('a list of a cpi-config takes the place of the list', (t) => {
  t.deepEqual(
    configOf({ ...file, agent: { ...agent, ntp: ['a', 'b'] } }, { ...caller, agent: { ntp: ['c'] } }).agent.ntp,
    ['c'],
  );
});

test('a flaw of a cpi-config is told as one', (t) => {
  t.regex(
    flawOf(file, { ...caller, namespcae: 'x' }),
    /with the cpi-config of the request: namespcae: unknown, did you mean namespace\?/,
  );
});

test('a key of a cpi-config cannot reach the prototype of the configuration', (t) => {
  flawOf(file, JSON.parse('{"__proto__": {"namespace": "x"}}'));
  t.is(({} as { namespace?: string }).namespace, undefined);
});
