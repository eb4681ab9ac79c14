import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { createAuthority, issueCertificate } from '../cluster/certificate.ts';
import type { Kubeconfig } from '../support/kubeconfig.ts';
import { type CpiRun, startCall } from './call.ts';
import { fullVm } from './lifecycle.ts';
import type { Fault, Rule } from './proxy.ts';
import { stages } from './stages.ts';
import { createWorld, type World } from './world.ts';

const authority = createAuthority('canary');
const agentCertificate = issueCertificate(authority, { commonName: 'one.bootstrap.agent' });
const clientCertificate = issueCertificate(authority, { commonName: 'canary-client' });

/** A word that stands in no other place. */
const word = (what: string) => `canary-${what}-8d5f2c`;

/** What only the agent, the storage or the registry may see: a distinct word for each place a secret comes from. */
const secrets = {
  mbusPassword: word('mbus-password'),
  mbusKey: agentCertificate.key,
  mbusCertificate: agentCertificate.cert,
  mbusAuthority: authority.cert,
  password: `$6$${word('vcap-password')}`,
  blobstoreUser: word('blobstore-user'),
  blobstorePassword: word('blobstore-password'),
  blobstoreInEnv: word('blobstore-in-env'),
  anythingInEnv: word('anything-in-env'),
  otherToken: word('other-token'),
  otherPassword: word('other-password'),
  otherKey: clientCertificate.key,
  execEnvironment: word('exec-environment'),
  registryPassword: word('registry-password'),
} as const;

/** Values of cloud_properties. Some become names of objects or labels by their meaning: those are looked for in what is said alone. */
const properties = {
  pullSecret: word('pull-secret'),
  nodeLabel: word('node-label'),
  toleration: word('toleration'),
  priorityClass: word('priority-class'),
  serviceAnnotation: word('service-annotation'),
  vmLabel: word('vm-label'),
  storageClass: word('storage-class'),
  unknownValue: word('unknown-value'),
  networkAnnotation: word('network-annotation'),
} as const;

const agent = {
  mbus: `nats://mbus:${secrets.mbusPassword}@10.0.0.6:4222`,
  blobstores: [
    {
      provider: 'dav',
      options: { user: secrets.blobstoreUser, password: secrets.blobstorePassword, endpoint: 'https://10.0.0.6:25250' },
    },
  ],
};

const env = {
  bosh: {
    mbus: {
      cert: { ca: secrets.mbusAuthority, certificate: secrets.mbusCertificate, private_key: secrets.mbusKey },
    },
    password: secrets.password,
    blobstores: [{ provider: 'dav', options: { user: 'x', password: secrets.blobstoreInEnv } }],
    group: 'secret-group',
  },
  anything: { deep: [secrets.anythingInEnv] },
};

/** A machine with a word in every cloud_property that takes any text. */
function vmArguments(world: World, disks: readonly string[]): readonly unknown[] {
  const [agentId, image, given, networks] = fullVm(world, 'one', disks) as [
    string,
    string,
    { services: object[] },
    object,
  ];
  const all = {
    ...given,
    services: given.services.map((service) => ({
      ...service,
      annotations: { 'example.com/a': properties.serviceAnnotation },
    })),
    image_pull_secrets: [properties.pullSecret],
    tolerations: [{ key: properties.toleration, operator: 'Exists' }],
    labels: { 'example.com/label': properties.vmLabel },
  };
  const vip = {
    type: 'vip',
    ip: world.address.replace('10.96', '10.97'),
    cloud_properties: { annotations: { 'example.com/b': properties.networkAnnotation } },
  };
  return [agentId, image, all, { ...networks, vip }, disks, env];
}

/** The kubeconfig of a world with more users, whose secrets are never used. */
function withOthers(document: Kubeconfig) {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const others = [
    { name: 'token', user: { token: secrets.otherToken } },
    { name: 'basic', user: { username: 'u', password: secrets.otherPassword } },
    {
      name: 'certificate',
      user: { 'client-certificate-data': base64(clientCertificate.cert), 'client-key-data': base64(secrets.otherKey) },
    },
    {
      name: 'exec',
      user: {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: '/nonexistent',
          env: [{ name: 'A', value: secrets.execEnvironment }],
          interactiveMode: 'Never',
        },
      },
    },
  ];
  return { ...document, users: [...document.users, ...others] };
}

/** Every spelling of a secret that a person could read it in: itself, its lines, in JSON, base64. */
function spellings(secret: string): string[] {
  const lines = secret.split('\n').filter((line) => line.length >= 16 && !line.startsWith('-----'));
  const plain = secret.includes('\n') ? lines : [secret];
  return [...plain, ...plain.map((text) => Buffer.from(text).toString('base64').replace(/=+$/, '').slice(0, -2))];
}

function findSecrets(text: string, values: readonly string[]): string[] {
  return values.flatMap(spellings).filter((form) => text.includes(form));
}

const everything = [...Object.values(secrets), ...Object.values(properties)];

for (const { name: platform, start } of stages) {
  test.serial(
    `${platform}: no secret is said, logged, shown in ps or written on an object, whatever happens`,
    async (t) => {
      t.timeout(600_000);
      const backend = await start();
      t.teardown(() => backend.stop());
      const world = await createWorld(backend, { agent });
      t.teardown(() => world.close());
      rewriteConfig(world, { kubeconfig: withOthers(world.kubeconfig) });
      const config = JSON.parse(readFileSync(world.config, 'utf8'));
      const usedToken: string = config.kubeconfig.users[0].user.token;
      const saysNothing = (what: string, run: CpiRun) => {
        t.not(run.response, undefined, `${what}: no answer`);
        const said = findSecrets(`${run.stdout}\n${run.stderr}`, [...everything, usedToken]);
        t.deepEqual(said, [], `${what} says a secret:\n${run.stdout}\n${run.stderr}`);
      };

      await machineLives(t, world, saysNothing);
      await everyRequestRefused(world, saysNothing);
      await wrongArguments(world, saysNothing);
      await wrongConfigurations(world, config, saysNothing);
      await unreachable(world, config, saysNothing);
      await otherUsers(world, config, saysNothing);
    },
  );
}

type SaysNothing = (what: string, run: CpiRun) => void;

function rewriteConfig(world: World, changes: object): void {
  const config = JSON.parse(readFileSync(world.config, 'utf8'));
  writeFileSync(world.config, JSON.stringify({ ...config, ...changes }));
}

/** A whole life with success, and what it wrote on objects on the way; the arguments of the running processes. */
async function machineLives(t: ExecutionContext, world: World, saysNothing: SaysNothing): Promise<void> {
  const disk = await world.result<string>('create_disk', [64, {}]);
  const commands: string[] = [];
  let running: Awaited<ReturnType<World['start']>> | undefined;
  // looked at while the call is under way
  world.proxy.begin(async () => {
    while (running === undefined) await sleep(1);
    for (const name of ['cmdline', 'environ'])
      commands.push(readFileSync(`/proc/${running.process.pid}/${name}`, 'utf8'));
    return undefined;
  });
  running = await world.start('create_vm', vmArguments(world, [disk]));
  const made = await running.done;
  world.proxy.begin();
  t.is(made.response?.error, null, made.stderr);
  saysNothing('create_vm', made);
  t.true(commands.length > 0);
  t.deepEqual(findSecrets(commands.join('\n'), everything), [], 'shown in ps');
  const vm = 'agent-one';
  const second = await world.result<string>('create_disk', [64, {}]);
  const calls: readonly (readonly [string, ...unknown[]])[] = [
    ['set_vm_metadata', vm, { job: 'redis' }],
    ['attach_disk', vm, second],
    ['reboot_vm', vm],
    ['detach_disk', vm, second],
    ['set_disk_metadata', second, { job: 'redis' }],
    ['delete_disk', second],
  ];
  for (const [method, ...args] of calls) {
    const run = await world.call(method, args);
    t.is(run.response?.error, null, run.stderr);
    saysNothing(method, run);
  }
  await objectsShowNothing(t, world);
  for (const [method, ...args] of [
    ['delete_vm', vm],
    ['delete_disk', disk],
  ])
    saysNothing(`${method}`, await world.call(`${method}`, args));
}

/** Names of kinds, and whether a value of cloud_properties may stand in them: labels and annotations that were asked for, names of classes. */
async function objectsShowNothing(t: ExecutionContext, world: World): Promise<void> {
  const paths = ['pods', 'services', 'persistentvolumeclaims', 'events', 'policy/v1/poddisruptionbudgets'];
  for (const path of paths) {
    const list = await world.get<object>(path);
    t.deepEqual(findSecrets(JSON.stringify(list), Object.values(secrets)), [], path);
  }
  const events = JSON.stringify(await world.get<object>('events'));
  t.deepEqual(findSecrets(events, Object.values(properties)), [], 'events');
  const { items = [] } = (await world.get<{ items: readonly { metadata: object }[] }>('secrets')) ?? {};
  const seen = findSecrets(JSON.stringify(items.map(({ metadata }) => metadata)), everything);
  t.deepEqual(seen, [], 'metadata of the record');
}

/** The API server refuses each request of create_vm with words that quote all it was sent. */
async function everyRequestRefused(world: World, saysNothing: SaysNothing): Promise<void> {
  const refusals: readonly Fault[] = [
    { kind: 'answer', status: 422, quote: true },
    { kind: 'answer', status: 403, quote: true },
    { kind: 'answer', status: 409, quote: true },
    { kind: 'answer', status: 403, message: 'exceeded quota', quote: true },
    { kind: 'answer', status: 403, message: 'violates PodSecurity "restricted:latest"', quote: true },
  ];
  for (const fault of refusals) {
    for (let write = 1; write <= 8; write++) {
      const rule: Rule = (call) => (call.write === write ? fault : undefined);
      const args = vmArguments(world, []);
      saysNothing(
        `create_vm refused (${JSON.stringify(fault)}) at write ${write}`,
        await world.call('create_vm', args, rule),
      );
      saysNothing('delete_vm', await world.call('delete_vm', ['agent-one']));
    }
  }
  const always: Rule = (call) => (call.write === undefined ? undefined : { kind: 'answer', status: 422, quote: true });
  saysNothing(
    'create_disk refused',
    await world.call('create_disk', [64, { storage_class: world.backend.classes.waits }], always),
  );
}

/** Wrong or unknown properties, names of things that are not there, labels that the API server itself refuses and quotes. */
async function wrongArguments(world: World, saysNothing: SaysNothing): Promise<void> {
  const [agentId, image, , networks] = vmArguments(world, []) as [string, string, object, object];
  const wrong: Readonly<Record<string, object>> = {
    'unknown property': { unknown: properties.unknownValue, resorces: { a: properties.unknownValue } },
    'wrong type': { labels: properties.vmLabel, image_pull_secrets: properties.pullSecret },
    'illegal label': { labels: { 'example.com/label': `${properties.vmLabel} is no label !` } },
    'illegal name': { image_pull_secrets: [`${properties.pullSecret} is no name`] },
    'no priority class': { priority_class: properties.priorityClass },
    'no node': { node_labels: { 'example.com/node': properties.nodeLabel }, priority_class: properties.priorityClass },
    'no class': { ephemeral_disk: { size: 64, class: `${properties.storageClass}!` } },
    'service name': { services: [{ name: `${properties.unknownValue}!`, ports: [{ port: 80 }] }] },
  };
  for (const [what, given] of Object.entries(wrong)) {
    saysNothing(what, await world.call('create_vm', [agentId, image, given, networks, [], env]));
    saysNothing('delete_vm', await world.call('delete_vm', [`agent-${agentId}`]));
  }
  saysNothing('no storage class', await world.call('create_disk', [64, { storage_class: properties.storageClass }]));
  saysNothing(
    'unknown disk property',
    await world.call('create_disk', [64, { storage_klass: properties.unknownValue }]),
  );
  saysNothing('wrong env', await world.call('create_vm', [agentId, image, {}, networks, [], JSON.stringify(env)]));
  const network = { a: { type: 'manual', ip: '10.96.1.1', cloud_properties: { strategy: properties.unknownValue } } };
  saysNothing('wrong network', await world.call('create_vm', [agentId, image, {}, network, [], env]));
  const stemcell = { image: `registry.invalid/${'UPPER'}`, registry_password: secrets.registryPassword };
  saysNothing('create_stemcell', await world.call('create_stemcell', ['', stemcell]));
}

/** The configuration is broken in every way, and so is the request. */
async function wrongConfigurations(
  world: World,
  config: Record<string, unknown>,
  saysNothing: SaysNothing,
): Promise<void> {
  const text = JSON.stringify(config);
  const yaml = `apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    token: ${secrets.otherToken}\n  password: "${secrets.otherPassword}\n`;
  const broken: Readonly<Record<string, string>> = {
    'cut short': text.slice(0, -20),
    'not JSON': `${text.slice(0, 50)}'${text.slice(50)}`,
    'only a secret': secrets.mbusPassword,
    'unknown key': JSON.stringify({ ...config, agnet: agent }),
    'wrong type': JSON.stringify({ ...config, agent: agent.mbus, namespace: [secrets.otherToken] }),
    'kubeconfig that is no YAML': JSON.stringify({ ...config, kubeconfig: yaml }),
    'kubeconfig of the wrong shape': JSON.stringify({
      ...config,
      kubeconfig: { users: secrets.otherToken, clusters: [secrets.otherPassword] },
    }),
  };
  for (const [what, content] of Object.entries(broken)) {
    writeFileSync(world.config, content);
    saysNothing(what, await world.call('has_vm', ['agent-one']));
  }
  writeFileSync(world.config, text);
  const context = { director_uuid: 'x', request_id: 'y', agent: { ...agent, unknown: secrets.mbusPassword } };
  const fromCpiConfig = { method: 'has_vm', arguments: ['agent-one'], context };
  const requests: Readonly<Record<string, unknown>> = {
    'unknown key in the cpi-config': fromCpiConfig,
    'request that is no JSON': `{"method":"create_vm","arguments":["${secrets.mbusPassword}"`,
    'unknown method': { method: 'create_wm', arguments: [env], context: {} },
    'too many arguments': { method: 'delete_vm', arguments: ['a', secrets.mbusPassword, env], context: {} },
    'wrong argument': { method: 'delete_vm', arguments: [env], context: {} },
  };
  for (const [what, request] of Object.entries(requests)) {
    saysNothing(what, await (await startCall(world.config, request)).done);
  }
}

async function unreachable(world: World, config: Record<string, unknown>, saysNothing: SaysNothing): Promise<void> {
  const document = config.kubeconfig as Kubeconfig;
  const [cluster] = document.clusters;
  const servers = ['https://127.0.0.1:1', `https://user:${secrets.otherPassword}@127.0.0.1:1`, 'ftp://nowhere'];
  for (const server of servers) {
    const clusters = [{ name: 'cpi', cluster: { ...cluster?.cluster, server } }];
    writeFileSync(world.config, JSON.stringify({ ...config, kubeconfig: { ...document, clusters } }));
    saysNothing(`unreachable ${server.slice(0, 12)}`, await world.call('create_vm', vmArguments(world, [])));
  }
  writeFileSync(world.config, JSON.stringify(config));
}

/** Users that the API server does not let in, and a credential plugin that does not run. */
async function otherUsers(world: World, config: Record<string, unknown>, saysNothing: SaysNothing): Promise<void> {
  const document = config.kubeconfig as Kubeconfig;
  for (const user of ['token', 'basic', 'certificate', 'exec']) {
    const contexts = [{ name: 'cpi', context: { cluster: 'cpi', user, namespace: world.namespace } }];
    writeFileSync(world.config, JSON.stringify({ ...config, kubeconfig: { ...document, contexts } }));
    saysNothing(`as ${user}`, await world.call('create_vm', vmArguments(world, [])));
  }
  writeFileSync(world.config, JSON.stringify(config));
}
