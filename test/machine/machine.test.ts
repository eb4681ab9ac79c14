import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { releaseScript } from '../../src/vm/scripts.ts';
import type { Flavour } from '../stemcell/build.ts';
import { callAgent, httpsSettings, natsSettings, putBlob, renewedBus } from './agent.ts';
import { patience, startNats } from './nats.ts';
import { isReady, missingForMachines, type Node, openNode, type Running, restartsOf } from './node.ts';

// Real machines: containers of the small stemcell on a real node, made as the CPI makes them. They say what the agent (the
// double, or the real one that BOSH_AGENT names) and the machine's scripts do together.
const missing = missingForMachines();
const flavours = (process.env.STEMCELL_FLAVOURS ?? 'runit,systemd').split(',') as Flavour[];
const nodes = new Map<Flavour, Node>();

if (missing.length > 0) test.skip(`machines on a node: ${missing.join('; ')}`, (t) => t.pass());

const stateFiles: Readonly<Record<string, string>> = {
  'update_settings.json': '/var/vcap/bosh/update_settings.json',
  'records.json': '/var/vcap/instance/dns/records.json',
  'persistent_disk_hints.json': '/var/vcap/bosh/persistent_disk_hints.json',
  'managed_disk_settings.json': '/var/vcap/bosh/managed_disk_settings.json',
};

async function savedState(node: Node, name: string): Promise<Record<string, string>> {
  const entries = Object.entries(stateFiles).map(
    async ([key, path]) => [key, await node.sh(name, `cat ${path} || true`)] as const,
  );
  return Object.fromEntries((await Promise.all(entries)).filter(([, text]) => text !== ''));
}

/** A name and its settings, and the machine made anew with other disks as an attach by recreation does. */
function pet(node: Node) {
  const name = `agent-${randomUUID()}`;
  const settings = httpsSettings(name);
  return {
    name,
    make: (
      spec: { disks?: readonly string[]; saved?: Record<string, string>; addresses?: readonly string[] } = {},
    ): Promise<Running> => node.create({ name, settings, ...spec }),
    async again(disks: readonly string[], saved?: Record<string, string>): Promise<Running> {
      const state = saved ?? (await savedState(node, name));
      await node.remove(name);
      return node.create({ name, settings, disks, saved: state });
    },
  };
}

async function untilPong(ip: string): Promise<void> {
  for (const until = Date.now() + 30_000; ; await sleep(200)) {
    const answer = await callAgent(ip, 'ping').catch((error) => error);
    if (answer === 'pong') return;
    if (Date.now() > until) throw answer;
  }
}

/** Ends the container by `end`, and waits until the kubelet has it up again. */
async function restart(node: Node, name: string, end: () => Promise<unknown>): Promise<void> {
  const before = await node.follow(name, (pod) => (isReady(pod) ? restartsOf(pod) : undefined));
  await end();
  await node.follow(name, (pod) => (restartsOf(pod) > before && isReady(pod) ? true : undefined), 90);
}

const logs = { runit: 'cat /var/vcap/bosh/log/current', systemd: 'journalctl -t bosh-agent' };

for (const flavour of missing.length > 0 ? [] : flavours) {
  const log = logs[flavour];
  const on = (title: string, run: (t: ExecutionContext, node: Node) => Promise<void>) =>
    test.serial(`${flavour}: ${title}`, async (t) => {
      t.timeout(600_000);
      const node = nodes.get(flavour) ?? (await openNode(flavour));
      nodes.set(flavour, node);
      await run(t, node);
    });

  on('the agent answers on its pod address, and the machine reaches itself by a promised one', async (t, node) => {
    const machine = pet(node);
    const { ip } = await machine.make({ addresses: ['10.96.231.7/32'] });
    t.is(await callAgent(ip, 'ping'), 'pong');
    t.is(((await callAgent(ip, 'get_state')) as { agent_id: string }).agent_id, machine.name);
    t.is(await node.sh(machine.name, 'exec 3<> /dev/tcp/10.96.231.7/6868 && echo reached'), 'reached');
    // the agent renames files onto these two, which a mount of the kubelet would refuse
    t.is(await node.sh(machine.name, "awk '$5 ~ /^\\/etc\\//' /proc/self/mountinfo"), '');
    t.is(await node.sh(machine.name, 'hostname'), machine.name);
    await node.remove(machine.name);
  });

  on('state and store outlive the container, and new pods with other disks', async (t, node) => {
    const machine = pet(node);
    const [first, second] = [await node.claim(), await node.claim()];
    let { ip } = await machine.make();
    // the Director's first update_settings brings the permanent certificate, and the agent ends itself to use it
    const permanent = renewedBus();
    await callAgent(ip, 'update_settings', { mbus: permanent, disk_associations: [], trusted_certs: '' }).catch(
      () => undefined,
    );
    await untilPong(ip);

    ({ ip } = await machine.again([first]));
    t.deepEqual(
      JSON.parse((await savedState(node, machine.name))['update_settings.json'] ?? '').mbus.cert,
      permanent.cert,
    );
    await callAgent(ip, 'add_persistent_disk', `context:${first}`, `/mnt/${first}`);
    await callAgent(ip, 'mount_disk', `context:${first}`);
    t.deepEqual(await callAgent(ip, 'list_disk'), [`context:${first}`]);
    await node.sh(machine.name, 'echo persistent > /var/vcap/store/file; echo ephemeral > /var/vcap/data/file');

    await restart(node, machine.name, () => node.kill(machine.name));
    await untilPong(ip);
    t.is(await node.sh(machine.name, 'cat /var/vcap/store/file /var/vcap/data/file'), 'persistent\nephemeral');
    t.deepEqual(await callAgent(ip, 'list_disk'), [`context:${first}`]);
    t.truthy((await savedState(node, machine.name))['update_settings.json']);

    // a second disk is attached; whoever saved the state already knew both, which the agent refuses at its start
    const saved = await savedState(node, machine.name);
    const hints = JSON.parse(saved['persistent_disk_hints.json'] ?? '{}');
    hints[`context:${second}`] = {
      ...hints[`context:${first}`],
      ID: `context:${second}`,
      Path: `/mnt/${second}`,
      VolumeID: `/mnt/${second}`,
    };
    ({ ip } = await machine.again([first, second], { ...saved, 'persistent_disk_hints.json': JSON.stringify(hints) }));
    t.deepEqual(await callAgent(ip, 'list_disk'), [`context:${first}`]);
    t.is(await node.sh(machine.name, 'cat /var/vcap/store/file'), 'persistent');
    await callAgent(ip, 'add_persistent_disk', `context:${second}`, `/mnt/${second}`);
    await callAgent(ip, 'mount_disk', `context:${second}`);
    await node.sh(
      machine.name,
      'mountpoint /var/vcap/store_migration_target && echo second > /var/vcap/store_migration_target/file',
    );
    t.deepEqual(
      ((await callAgent(ip, 'list_disk')) as string[]).toSorted(),
      [`context:${first}`, `context:${second}`].toSorted(),
    );

    await callAgent(ip, 'unmount_disk', `context:${first}`);
    await node.sh(machine.name, '! mountpoint /var/vcap/store');
    await callAgent(ip, 'remove_persistent_disk', `context:${first}`);
    ({ ip } = await machine.again([second]));
    t.deepEqual(await callAgent(ip, 'list_disk'), [`context:${second}`]);
    t.is(await node.sh(machine.name, 'cat /var/vcap/store/file'), 'second');
    await node.remove(machine.name);
  });

  on('the agent copies a disk to another one, and lets disks go and takes them again', async (t, node) => {
    const machine = pet(node);
    const disks = [await node.claim(), await node.claim()] as const;
    const { ip } = await machine.make({ disks });
    const [small, large] = disks;
    const look = (script: string) => node.sh(machine.name, script);
    const mounted = 'mountpoint -q /var/vcap/store && echo mounted || echo free';
    for (const disk of disks) await callAgent(ip, 'add_persistent_disk', disk, `/mnt/${disk}`);
    await callAgent(ip, 'mount_disk', small);
    await look('echo data > /var/vcap/store/file');
    // as when a disk is attached that never left
    await callAgent(ip, 'mount_disk', small);
    t.is(await look("grep -c ' /var/vcap/store' /proc/self/mountinfo"), '1');

    await callAgent(ip, 'mount_disk', large);
    t.deepEqual(((await callAgent(ip, 'list_disk')) as string[]).toSorted(), disks.toSorted());
    await callAgent(ip, 'migrate_disk');
    t.deepEqual(await callAgent(ip, 'list_disk'), [large]);
    t.is(
      await look(`cat /var/vcap/store/file; echo more >> /var/vcap/store/file; cat /mnt/${large}/file`),
      'data\ndata\nmore',
    );

    for (const _ of ['once', 'twice']) await callAgent(ip, 'unmount_disk', large);
    t.deepEqual(await callAgent(ip, 'list_disk'), []);
    t.is(await look(`${mounted}; cat /mnt/${large}/file`), 'free\ndata\nmore');
    await callAgent(ip, 'mount_disk', large);
    t.is(await look('cat /var/vcap/store/file'), 'data\nmore');

    // an agent without its own commands unmounts the wrong one, and whoever detaches the disk finds the store
    await look('rm /var/vcap/bosh/bin/{mount,umount}');
    await callAgent(ip, 'unmount_disk', large);
    t.is(await look(mounted), 'mounted');
    await look(`bash -s ${large} <<'E'\n${releaseScript}\nE`);
    t.is(await look(`${mounted}; ls /var/vcap/bosh/managed_disk_settings.json || true`), 'free');
    await node.remove(machine.name);
  });

  on('names that the Director sent once outlive the container and the pod', async (t, node) => {
    const machine = pet(node);
    let { ip } = await machine.make();
    const records = JSON.stringify({
      records: [['10.9.9.9', 'db.bosh']],
      version: 7,
      record_keys: [],
      record_infos: [],
    });
    await putBlob(ip, 'records', records);
    const sync = () => callAgent(ip, 'sync_dns', 'records', createHash('sha1').update(records).digest('hex'), 7);
    const known = () =>
      node.sh(
        machine.name,
        'grep -c 10.9.9.9 /etc/hosts; hostname; stat -c "%a %U:%G" /var/vcap/instance/dns/records.json',
      );
    t.is(await sync(), 'synced');
    t.is(await known(), `1\n${machine.name}\n640 root:vcap`);
    await restart(node, machine.name, () => node.kill(machine.name));
    t.is(await known(), `1\n${machine.name}\n640 root:vcap`);
    ({ ip } = await machine.again([]));
    await untilPong(ip);
    t.is(await known(), `1\n${machine.name}\n640 root:vcap`);
    // an agent that has the version does not write the names again
    t.is(await sync(), 'synced');
    await node.remove(machine.name);
  });

  on('an agent that refuses its disks starts after a reboot', async (t, node) => {
    const machine = pet(node);
    const disks = [await node.claim(), await node.claim()] as const;
    const { ip } = await machine.make({ disks });
    for (const disk of disks) await callAgent(ip, 'add_persistent_disk', disk, `/mnt/${disk}`);
    await callAgent(ip, 'mount_disk', disks[0]);
    await node.sh(machine.name, 'pkill -x bosh-agent');
    await node.sh(
      machine.name,
      `for i in {1..100}; do ${log} | grep -q 'Unexpected disk attached' && exit; sleep 0.2; done; exit 1`,
    );
    await restart(node, machine.name, () => node.sh(machine.name, '/bin/bash /bosh-cpi/reboot'));
    await untilPong(ip);
    t.deepEqual(await callAgent(ip, 'list_disk'), [disks[0]]);
    await node.remove(machine.name);
  });

  on('a reboot lets processes end, and keeps address, state and pod', async (t, node) => {
    const machine = pet(node);
    const { ip, uid } = await machine.make();
    await node.sh(
      machine.name,
      `cat > /var/vcap/data/job <<'E'
trap 'echo ended > /var/vcap/data/ended; exit' TERM
while :; do sleep 0.1; done
E
setsid bash /var/vcap/data/job < /dev/null > /dev/null 2>&1 & sleep 0.3`,
    );
    await restart(node, machine.name, () => node.sh(machine.name, '/bin/bash /bosh-cpi/reboot'));
    await untilPong(ip);
    t.is(await node.sh(machine.name, 'cat /var/vcap/data/ended'), 'ended');
    t.is(await node.follow(machine.name, (pod) => pod?.metadata?.uid), uid);
    await node.remove(machine.name);
  });

  on('an agent that NATS learns of ten seconds late answers soon after', async (t, node) => {
    const nats = await startNats(node.hostAddress);
    t.teardown(() => nats.close());
    const seconds: number[] = [];
    const one = async (): Promise<void> => {
      const name = `agent-${randomUUID()}`;
      const user = `${name}.bootstrap.agent.bosh-internal`;
      const url = `nats://${node.hostAddress}:${nats.port}`;
      await node.create({
        name,
        settings: natsSettings(name, url, { ca: nats.ca, ...nats.issue(user) }),
      });
      // create_vm has returned: the Director records the machine, and nats-sync polls every ten seconds
      const since = Date.now();
      await sleep(10_000);
      await nats.allow(user);
      while ((await nats.ask(`agent.${name}`, { method: 'ping', arguments: [] }, 300)) === undefined) {
        if (Date.now() - since > 120_000)
          throw new Error(`${name} does not answer: ${await node.sh(name, `${log} | tail -30; pgrep -fa entrypoint`)}`);
      }
      seconds.push((Date.now() - since) / 1000);
      // its watcher has nothing to do any more
      await node.sh(
        name,
        `for i in {1..300}; do pgrep -f '[e]ntrypoint watch' > /dev/null || exit 0; sleep 0.2; done; ${log} | tail -30; exit 1`,
      );
      await node.remove(name);
    };
    const total = Number(process.env.NATS_MACHINES ?? 4);
    for (let made = 0; made < total; made += 4)
      await Promise.all(Array.from({ length: Math.min(4, total - made) }, one));
    t.log(`seconds from create_vm's return to the agent's answer: ${seconds.map((each) => each.toFixed(1)).join(' ')}`);
    t.true(Math.max(...seconds) <= patience, seconds.join(' '));
  });
}

test.after.always('leave nothing behind', async () => {
  for (const node of nodes.values()) await node.close();
});
