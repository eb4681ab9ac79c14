import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import test, { type ExecutionContext } from 'ava';
import { load } from 'js-yaml';
import { exec } from '../../src/kubernetes/exec.ts';
import { follow } from '../../src/kubernetes/follow.ts';
import { importIntoCluster, startCluster, stopCluster } from '../cluster/cluster.ts';
import { createWorkspace, type Workspace } from '../cluster/workspace.ts';
import { type Flavour, stemcell } from '../stemcell/build.ts';
import { type CpiResponse, startCpi } from '../support/process.ts';
import { callAgent, httpsSettings } from './agent.ts';
import { patience, startNats } from './nats.ts';
import { firstProcess, isReady, missingForMachines, restartsOf } from './node.ts';

// A machine's whole life on a real node, through the CPI as a process with the rights of manifests/rbac.yml, with an agent
// in it that does what BOSH asks of it: the double, or the real one that BOSH_AGENT names.
const missing = missingForMachines();
const flavour = (process.env.STEMCELL_FLAVOURS ?? 'runit').split(',')[0] as Flavour;

interface World {
  readonly started: Awaited<ReturnType<typeof startCluster>>;
  readonly workspace: Workspace;
  readonly image: string;
}
let world: World | undefined;

if (missing.length > 0) test.skip(`a machine's life: ${missing.join('; ')}`, () => undefined);
else {
  test.before('a node with a stemcell', async (t) => {
    t.timeout(900_000);
    const started = await startCluster({ name: process.env.TEST_CLUSTER ?? 'machine', node: true });
    const agent = process.env.BOSH_AGENT;
    const { image, archive } = await stemcell({ flavour, ...(agent !== undefined && { agent }) });
    await importIntoCluster(started.name, archive);
    world = { started, image, workspace: await createWorkspace(started) };
  });
}

/** How its disks come to a machine: `auto` is beside its pod on this node. */
type Attach = 'auto' | 'recreate';

/** Calls the CPI and gives its result; an error of the CPI is thrown with its type. */
async function cpi(mbus: string, attach: Attach, method: string, ...args: readonly unknown[]): Promise<unknown> {
  const { workspace } = theWorld();
  const config = join(tmpdir(), `${workspace.namespace}-${randomUUID()}.json`);
  const settings = {
    kubeconfig: load(readFileSync(workspace.kubeconfig, 'utf8')),
    namespace: workspace.namespace,
    agent: { mbus },
    disks: { attach, storage_class: 'local-wffc' },
  };
  await writeFile(config, JSON.stringify(settings), { mode: 0o600 });
  const context = { director_uuid: 'test', request_id: 'cpi-123456' };
  const { done } = await startCpi(['--config', config], { method, arguments: args, context, api_version: 2 });
  const { stdout, stderr, status } = await done;
  if (status !== 0) throw new Error(`${method} ended with ${status}: ${stderr}`);
  const { result, error } = JSON.parse(stdout) as CpiResponse;
  if (error !== null) throw new Error(`${error.type}: ${error.message}\n${stderr}`);
  return result;
}

function theWorld(): World {
  if (world === undefined) throw new Error('the node did not start');
  return world;
}

async function sh(vm: string, script: string): Promise<string> {
  const { admin } = theWorld().workspace;
  const { stdout, stderr, exitCode } = await exec(admin, vm, 'bosh-job', ['/bin/bash', '-c', script]);
  if (exitCode !== 0) throw new Error(`${script}: ended with ${exitCode}: ${stderr}${stdout}`);
  return stdout.toString().trim();
}

async function readPod(vm: string): Promise<V1Pod> {
  const { admin, namespace } = theWorld().workspace;
  return await admin.core.readNamespacedPod({ name: vm, namespace });
}

/** What the CPI's objects are now, by kind. */
async function objectsLeft(): Promise<readonly string[]> {
  const { admin, namespace } = theWorld().workspace;
  const query = { labelSelector: 'app.kubernetes.io/managed-by=kubernetes-cpi' };
  const kinds = ['pods', 'secrets', 'services', 'persistentvolumeclaims'].map(
    (kind) => `/api/v1/namespaces/${namespace}/${kind}`,
  );
  const paths = [...kinds, `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`];
  const lists = await Promise.all(
    paths.map((path) => admin.json<{ items: { metadata: { name: string } }[] }>({ method: 'GET', path, query })),
  );
  return lists.flatMap(({ items }, index) =>
    items.map(({ metadata }) => `${paths[index]?.split('/').at(-1)}/${metadata.name}`),
  );
}

async function pong(ip: string): Promise<boolean> {
  for (const until = Date.now() + 20_000; Date.now() < until; await sleep(200)) {
    if ((await callAgent(ip, 'ping').catch(() => undefined)) === 'pong') return true;
  }
  return false;
}

async function live(t: ExecutionContext, attach: Attach): Promise<void> {
  t.timeout(600_000);
  const address = theWorld().started.serviceCidr.replace('.0.0/16', '.230.7');
  const mbus = 'https://mbus:pw@0.0.0.0:6868';
  const call = (method: string, ...args: readonly unknown[]) => cpi(mbus, attach, method, ...args);
  const agentId = randomUUID();
  const networks = {
    default: {
      type: 'manual',
      ip: address,
      netmask: '255.255.0.0',
      gateway: '10.96.0.1',
      dns: [],
      default: ['dns', 'gateway'],
    },
  };
  const env = { ...(httpsSettings(agentId).env as { bosh: object }) };
  const bosh = { ...env.bosh, group: 'director-redis-redis' };
  const created = (await call('create_vm', agentId, theWorld().image, {}, networks, [], { bosh })) as [string, unknown];
  const [vm] = created;
  t.is(vm, `agent-${agentId}`);
  t.true(await call('has_vm', vm));

  const pod = await readPod(vm);
  const born = pod.metadata?.uid;
  const podIp = pod.status?.podIP ?? '';
  t.is(await callAgent(podIp, 'ping'), 'pong', 'on the pod address');
  t.true(await pong(address), 'on the manual address');
  t.is(await sh(vm, `exec 3<> /dev/tcp/${address}/6868 && echo reached`), 'reached', 'from the machine itself');

  await call('set_vm_metadata', vm, {
    deployment: 'redis',
    name: `redis/${agentId}`,
    created_at: '2026-01-01T00:00:00Z',
  });
  const first = (await call('create_disk', 32, {}, vm)) as string;
  t.is(await call('attach_disk', vm, first), `/mnt/${first}`);
  await callAgent(address, 'add_persistent_disk', first, `/mnt/${first}`);
  await callAgent(address, 'mount_disk', first);
  t.deepEqual(await callAgent(address, 'list_disk'), [first]);
  await sh(vm, 'echo persistent > /var/vcap/store/file && echo ephemeral > /var/vcap/data/file');
  // what a Director's first update_settings brings, and what the machine is lost without
  await callAgent(address, 'update_settings', { disk_associations: [], trusted_certs: '' });
  const settings = await sh(vm, 'cat /var/vcap/bosh/update_settings.json');

  const second = (await call('create_disk', 32, {}, vm)) as string;
  t.is(await call('attach_disk', vm, second), `/mnt/${second}`);
  t.is(await call('attach_disk', vm, second), `/mnt/${second}`, 'attached already');
  t.true(await pong(address), 'the address outlived what happened to the pod');
  const { uid } = (await readPod(vm)).metadata ?? {};
  t.is(uid === born, attach === 'auto', 'made anew only where disks come by that');
  t.deepEqual(await callAgent(address, 'list_disk'), [first]);
  t.is(await sh(vm, 'cat /var/vcap/store/file'), 'persistent', 'the store was there before the agent');
  t.is(await sh(vm, 'cat /var/vcap/bosh/update_settings.json'), settings);
  t.deepEqual(await call('get_disks', vm), [first, second]);
  t.is(
    (await readPod(vm)).metadata?.annotations?.['bosh.cloudfoundry.org/metadata']?.includes(`redis/${agentId}`),
    true,
  );

  await sh(vm, 'echo ephemeral > /var/vcap/data/file');
  const before = await readPod(vm);
  process.kill(firstProcess(before.status?.containerStatuses?.[0]?.containerID?.split('//')[1] ?? ''), 'SIGKILL');
  const { admin, namespace } = theWorld().workspace;
  await follow<V1Pod, true>(admin, { path: `/api/v1/namespaces/${namespace}/pods` }, vm, {
    timeoutMs: 60_000,
    decide: (pod) => (restartsOf(pod) > restartsOf(before) && isReady(pod) ? true : undefined),
  });
  t.true(await pong(address));
  t.is(
    await sh(vm, 'cat /var/vcap/store/file /var/vcap/data/file'),
    'persistent\nephemeral',
    'a killed container is a reboot',
  );

  await call('reboot_vm', vm);
  t.true(await pong(address));
  t.is((await readPod(vm)).metadata?.uid, before.metadata?.uid, 'rebooted in place');
  t.is(await sh(vm, 'cat /var/vcap/store/file'), 'persistent');

  await call('detach_disk', vm, second);
  await t.throwsAsync(call('detach_disk', vm, second), { message: /^Bosh::Clouds::DiskNotAttached/ });
  t.true(await pong(address));
  await callAgent(address, 'unmount_disk', first);
  await callAgent(address, 'remove_persistent_disk', first);
  await call('detach_disk', vm, first);
  t.deepEqual(await callAgent(address, 'list_disk'), []);

  t.is(await call('attach_disk', vm, first), `/mnt/${first}`);
  await callAgent(address, 'add_persistent_disk', first, `/mnt/${first}`);
  await callAgent(address, 'mount_disk', first);
  t.is(await sh(vm, 'cat /var/vcap/store/file'), 'persistent', 'the data is on the disk');

  await t.throwsAsync(call('delete_disk', first), { message: new RegExp(`in use by VM ${vm}`) });
  // as a Director does with an agent that no longer answers: the disk is still attached
  await call('delete_vm', vm);
  t.false(await call('has_vm', vm));
  t.true(await call('has_disk', first));
  for (const disk of [first, second]) await call('delete_disk', disk);
  t.deepEqual(await objectsLeft(), []);
}

if (missing.length === 0) {
  for (const attach of ['auto', 'recreate'] as const) {
    test.serial(`${attach}: a machine lives from create_vm to delete_vm, and nothing of it is left`, (t) =>
      live(t, attach),
    );
  }

  test.serial('twenty machines answer over NATS soon after it learnt of them, ten seconds late', async (t) => {
    t.timeout(900_000);
    const { started, image, workspace } = theWorld();
    const { admin, namespace } = workspace;
    const host = started.network?.hostAddress ?? '127.0.0.1';
    const nats = await startNats(host);
    t.teardown(() => nats.close());
    const mbus = `nats://${host}:${nats.port}`;
    const seconds: number[] = [];
    const one = async (): Promise<void> => {
      const agentId = randomUUID();
      const user = `${agentId}.bootstrap.agent.bosh-internal`;
      const bosh = { mbus: { cert: { ca: nats.ca, ...nats.issue(user) } }, password: '*' };
      const vm = `agent-${agentId}`;
      // NATS learns of a machine by its own clock, whatever the CPI is doing
      const allowed = follow<V1Pod, number>(admin, { path: `/api/v1/namespaces/${namespace}/pods` }, vm, {
        timeoutMs: 120_000,
        decide: (pod) => (pod?.status?.containerStatuses?.[0]?.state?.running === undefined ? undefined : Date.now()),
      }).then(async (running) => {
        await sleep(10_000);
        await nats.allow(user);
        return running;
      });
      await cpi(mbus, 'auto', 'create_vm', agentId, image, {}, { default: { type: 'dynamic' } }, [], { bosh });
      const startedAt = await allowed;
      while ((await nats.ask(`agent.${agentId}`, { method: 'ping', arguments: [] }, 300)) === undefined) {
        if (Date.now() - startedAt > 120_000) throw new Error(`${vm} does not answer`);
      }
      seconds.push((Date.now() - startedAt) / 1000);
      await cpi(mbus, 'auto', 'delete_vm', vm);
    };
    for (let batch = 0; batch < 5; batch++) await Promise.all(Array.from({ length: 4 }, one));
    t.log(`seconds from the pod running to the agent's answer: ${seconds.map((each) => each.toFixed(1)).join(' ')}`);
    t.is(seconds.length, 20);
    t.true(Math.max(...seconds) <= patience, seconds.join(' '));
    t.deepEqual(await objectsLeft(), []);
  });

  test.after.always('leave nothing behind', async () => {
    await world?.workspace.remove();
    if (world !== undefined && process.env.TEST_CLUSTER === undefined) await stopCluster(world.started.name);
  });
}
