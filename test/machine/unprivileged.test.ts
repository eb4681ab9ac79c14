import { createHash, randomInt } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import type { Flavour } from '../stemcell/build.ts';
import { putBlob } from './agent.ts';
import { createDisk, createMachine, type Machine } from './hotplug/machine.ts';
import { openSite, type Site } from './hotplug/site.ts';
import { missingForMachines } from './node.ts';

// A machine without privileges, made by the CPI, in all that BOSH asks of a machine. Each capability that it has is needed
// here by some step, or by `bosh ssh`, for which the small stemcell has no server (docs/security.md).
const missing = missingForMachines();
const flavours = (process.env.STEMCELL_FLAVOURS ?? 'runit').split(',') as Flavour[];
const run = missing.length === 0 ? test.serial : test.serial.skip;

/** Numbers of capabilities in linux/capability.h. */
const numbers: Readonly<Record<string, number>> = {
  CHOWN: 0,
  DAC_OVERRIDE: 1,
  FOWNER: 3,
  FSETID: 4,
  KILL: 5,
  SETGID: 6,
  SETUID: 7,
  SETPCAP: 8,
  NET_BIND_SERVICE: 10,
  NET_ADMIN: 12,
  SYS_CHROOT: 18,
  SYS_PTRACE: 19,
  SYS_ADMIN: 21,
};

/** The first process has what the pod asks for: no more, and nothing that the runtime left out. */
async function isConfined(t: ExecutionContext, site: Site, machine: Machine): Promise<void> {
  const { capabilities } = (await site.pod(machine.vm))?.spec?.containers[0]?.securityContext ?? {};
  const wanted = (capabilities?.add ?? []).reduce((sum, name) => sum | (1n << BigInt(numbers[name] ?? 63)), 0n);
  const status = await machine.sh('cat /proc/1/status');
  for (const set of ['CapEff', 'CapBnd']) {
    t.is(BigInt(`0x${status.match(new RegExp(`^${set}:\\s*(\\w+)$`, 'm'))?.[1]}`), wanted, set);
  }
  t.regex(status, /^Seccomp:\s*2$/m, 'a filter');
}

/** What is in the store, with modes and owners. */
const contents = "cd /var/vcap/store && find . -mindepth 1 -not -path './lost+found*' -printf '%M %u:%g %p\\n' | sort";

/** A process of a job, which is vcap's, in the store; it notes that it was asked to end. */
const startJob = `install -d -o vcap /var/vcap/data/job && chmod 755 /var/vcap /var/vcap/data
cat > /var/vcap/data/job/run <<'E'
cd /var/vcap/store/db
trap 'echo ended > /var/vcap/data/job/ended; exit' TERM
while :; do sleep 0.1; done
E
setsid setpriv --reuid=vcap --regid=vcap --init-groups bash /var/vcap/data/job/run < /dev/null > /dev/null 2>&1 &
for i in {1..100}; do [ "$(readlink /proc/$(pgrep -u vcap bash)/cwd)" = /var/vcap/store/db ] && exit; sleep 0.1; done; exit 1`;

async function play(t: ExecutionContext, site: Site, flavour: Flavour): Promise<void> {
  const { spec } = await site.admin.core.readNamespacedService({ name: 'kubernetes', namespace: 'default' });
  const ip = spec?.clusterIP?.replace(/\d+\.\d+$/, `${randomInt(200, 250)}.${randomInt(1, 250)}`) ?? '';
  const network = { type: 'manual', ip, netmask: '255.255.0.0', gateway: spec?.clusterIP, default: ['dns', 'gateway'] };
  const machine = await createMachine(site, [], { properties: { privileged: false }, network });
  await isConfined(t, site, machine);
  t.is(await machine.sh(`exec 3<> /dev/tcp/${ip}/6868 && echo reached`), 'reached');
  t.is(await machine.sh('hostname'), machine.agentId);
  if (flavour === 'systemd') {
    t.is(await machine.sh('systemctl --failed --no-legend'), '');
    // resolv.conf names systemd-resolved: 127.0.0.53 port 53
    t.is(await machine.sh("grep -c ' 3500007F:0035 ' /proc/net/udp"), '1');
  }

  const names = JSON.stringify({ records: [['10.9.9.9', 'db.bosh']], version: 7, record_keys: [], record_infos: [] });
  await putBlob((await site.pod(machine.vm))?.status?.podIP ?? '', 'records', names);
  const sha1 = createHash('sha1').update(names).digest('hex');
  t.is(await machine.agent('sync_dns', 'records', sha1, 7), 'synced');

  await t.throwsAsync(machine.sh('touch /mnt/file'), { message: /Read-only/ }, 'no disk, no place to write to');
  const [first, second] = [await createDisk(site), await createDisk(site)];
  await machine.attach(first);
  await machine.sh(`cd /var/vcap/store && echo kept > file && mkdir db shared && echo kept > db/file
    chown -R vcap:vcap db && chmod 700 db && chmod 600 db/file && chown vcap:vcap shared && chmod 2770 shared`);
  const before = await machine.sh(contents);
  t.regex(before, /drwxrws--- vcap:vcap .\/shared/);
  await machine.attach(second);
  await machine.agent('migrate_disk');
  t.is(await machine.sh(contents), before, 'all is copied, with its modes and owners');
  await machine.detach(first);

  await machine.restart(() => site.kill(machine.vm));
  await isConfined(t, site, machine);
  t.is(await machine.sh('cat /var/vcap/store/file; grep -c 10.9.9.9 /etc/hosts'), 'kept\n1');

  await machine.sh(startJob);
  await t.throwsAsync(machine.cpi('detach_disk', second), { message: /bash.*\/var\/vcap\/store\/db/ }, 'whose it is');
  await machine.restart(() => machine.cpi('reboot_vm'));
  t.is(await machine.sh('cat /var/vcap/store/file /var/vcap/data/job/ended'), 'kept\nended');

  await machine.detach(second);
  t.deepEqual(await machine.agent('list_disk'), []);
  await machine.cpi('delete_vm');
  for (const disk of [first, second]) await site.cpi('delete_disk', [disk]);
  t.deepEqual(await site.leftovers(), []);
}

for (const flavour of flavours) {
  run(`${flavour}: a machine without privileges does all that BOSH asks of it`, async (t) => {
    t.timeout(900_000);
    const site = await openSite(flavour);
    try {
      await play(t, site, flavour);
    } finally {
      await site.close();
    }
  });
}
