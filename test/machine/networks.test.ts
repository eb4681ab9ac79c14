import test, { type ExecutionContext } from 'ava';
import type { Flavour } from '../stemcell/build.ts';
import { attachmentDefinition, installKinds } from '../support/custom-kinds.ts';
import { createObject } from '../support/objects.ts';
import { createDisk, createMachine, type Machine } from './hotplug/machine.ts';
import { openSite, type Site } from './hotplug/site.ts';
import { missingForMachines } from './node.ts';

// Machines with an address on an interface of its own beside the pod's: the CPI's annotation, the CNI plugins bridge and static, and in the place of Multus
// a plugin of the test node that does what it does (test/cluster/attachments.ts).
const missing = missingForMachines();
const flavour = (process.env.STEMCELL_FLAVOURS ?? 'runit').split(',')[0] as Flavour;
const run = missing.length === 0 ? test.serial : test.serial.skip;

const [first, second] = ['10.201.0.7', '10.201.0.8'];

function manual(ip: string) {
  const properties = { strategy: 'multus', network_attachment: 'lan' };
  const subnet = { netmask: '255.255.255.0', gateway: '10.201.0.1', prefix: '32' };
  return { type: 'manual', ip, ...subnet, default: ['dns', 'gateway'], cloud_properties: properties };
}

async function installNetwork({ admin, namespace }: Site): Promise<void> {
  await installKinds(admin, [attachmentDefinition]);
  const config = {
    cniVersion: '0.4.0',
    name: 'lan',
    type: 'bridge',
    bridge: 'lan0',
    capabilities: { ips: true, mac: true },
    ipam: { type: 'static' },
  };
  const body = { metadata: { name: 'lan' }, spec: { config: JSON.stringify(config) } };
  const apiVersion = 'k8s.cni.cncf.io/v1';
  const path = `/apis/${apiVersion}/namespaces/${namespace}/network-attachment-definitions`;
  await createObject(admin, path, { apiVersion, kind: attachmentDefinition.kind, ...body });
}

/** Its addresses of version 4 by interface. */
const addresses = 'ip -4 -o address | awk \'$2 != "lo" { print $2, $4 }\'';

async function play(t: ExecutionContext, site: Site): Promise<void> {
  await installNetwork(site);
  const make = (ip: string) => createMachine(site, [], { attach: 'recreate', network: manual(ip) });
  const [machine, other] = await Promise.all([make(first), make(second)]);
  const podIp = async (vm: string) => (await site.pod(vm))?.status?.podIP ?? '';
  const isThere = async (which: Machine, ip: string, why: string) => {
    const [own = '', beside, ...more] = (await which.sh(addresses)).split('\n');
    t.is(own.split('/')[0], `eth0 ${await podIp(which.vm)}`, why);
    t.deepEqual([beside, ...more], [`net1 ${ip}/24`], why);
  };
  const isReached = async (why: string) => {
    t.is(await other.sh(`timeout 10 bash -c 'exec 3<> /dev/tcp/${first}/6868 && echo reached'`), 'reached', why);
  };
  await isThere(machine, first, 'from the start');
  await isThere(other, second, 'from the start');
  await isReached('by its address of the network');

  await t.throwsAsync(make(first), { message: new RegExp(`${first} is taken by pod ${machine.vm}`) });

  const disk = await createDisk(site);
  const born = (await site.pod(machine.vm))?.metadata?.uid;
  await machine.attach(disk);
  t.not((await site.pod(machine.vm))?.metadata?.uid, born, 'another pod');
  await isThere(machine, first, 'in the next pod');
  await isReached('in the next pod');

  await Promise.all([machine, other].map((each) => each.cpi('delete_vm')));
  await site.cpi('delete_disk', [disk]);
  t.deepEqual(await site.objects(), []);
  t.is(await site.node.sh('ls /run/node/attachments'), '', 'all interfaces were taken away');
}

run('an address on an interface of its own stays with its machine', async (t) => {
  t.timeout(600_000);
  const site = await openSite(flavour);
  try {
    await play(t, site);
  } finally {
    await site.close();
  }
});
