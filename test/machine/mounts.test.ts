import test from 'ava';
import { releaseScript } from '../../src/vm/scripts.ts';
import { machine, whyNotContainers } from './container.ts';

const why = whyNotContainers();
const onLinux = why === undefined ? test.serial : test.skip;
if (why !== undefined) test.skip(`the agent's mount and umount in namespaces: ${why}`, (t) => t.pass());

interface Table {
  /** lines of /proc/self/mountinfo as machines have them */
  readonly mountinfo: string;
  /** source and mount point of each line, as the agent takes them out of what `mount` says */
  readonly agent: readonly string[];
  /** what is unmounted for `umount /mnt/disk-1` */
  readonly unmounted: readonly string[];
  /** what is in the way when disk-1 is to be detached; without it the same is unmounted */
  readonly inTheWay?: readonly string[];
}

const common = `
520 400 0:88 / / rw,relatime - overlay overlay rw,lowerdir=/a:/b,upperdir=/u,workdir=/w
521 520 0:90 / /proc rw,nosuid - proc proc rw
522 520 0:23 /bosh-cpi/bosh/agent-a1 /mnt rw,nosuid master:12 - tmpfs run rw,size=1608456k`;
const seen = ['overlay /', 'proc /proc'];

const tables: Readonly<Record<string, Table>> = {
  'a device for each disk': {
    mountinfo: `${common}
530 520 259:1 /var/lib/kubelet/pods/1-2/volumes/kubernetes.io~empty-dir/vcap/vcap /var/vcap rw - ext4 /dev/nvme0n1p1 rw
531 522 259:3 / /mnt/disk-1 rw,relatime master:90 - ext4 /dev/nvme1n1 rw
532 522 259:4 / /mnt/disk-2 rw,relatime master:91 - ext4 /dev/nvme2n1 rw
533 530 259:3 / /var/vcap/store rw,relatime master:90 - ext4 /dev/nvme1n1 rw
534 530 259:4 / /var/vcap/store_migration_target rw,relatime master:91 - ext4 /dev/nvme2n1 rw`,
    agent: [
      ...seen,
      '/dev/nvme0n1p1 /var/vcap',
      '/mnt/disk-11 /var/vcap/store',
      '/mnt/disk-1 /var/vcap/store',
      '/mnt/disk-2 /var/vcap/store_migration_target',
    ],
    unmounted: ['/var/vcap/store'],
  },
  'volumes of an NFS server, which share a file system and have no folder in the table': {
    mountinfo: `${common}
531 522 0:60 / /mnt/disk-1 rw,relatime - nfs4 10.0.0.5:/export/pvc-1 rw,vers=4.2
532 522 0:60 / /mnt/disk-2 rw,relatime - nfs4 10.0.0.5:/export/pvc-2 rw,vers=4.2
533 520 0:60 / /var/vcap/store rw,relatime - nfs4 10.0.0.5:/export/pvc-2 rw,vers=4.2`,
    agent: [...seen, '/mnt/disk-21 /var/vcap/store', '/mnt/disk-2 /var/vcap/store'],
    unmounted: [],
  },
  "folders of the node's disk, where /var/vcap is as well": {
    mountinfo: `${common}
530 520 8:1 /var/lib/kubelet/pods/1-2/volumes/kubernetes.io~empty-dir/vcap/vcap /var/vcap rw - ext4 /dev/sda1 rw
531 522 8:1 /opt/local-path/pvc-1 /mnt/disk-1 rw,relatime shared:1 master:2 propagate_from:3 - ext4 /dev/sda1 rw
532 522 8:1 /opt/local-path/pvc-2 /mnt/disk-2 rw,relatime - ext4 /dev/sda1 rw
533 530 8:1 /opt/local-path/pvc-1 /var/vcap/store rw,relatime - ext4 /dev/sda1 rw
534 530 8:1 /opt/local-path/pvc-1/job /var/vcap/data/job rw,relatime - ext4 /dev/sda1 rw
535 530 8:1 /opt/local-path/pvc-1 /var/vcap/data/again rw,relatime - ext4 /dev/sda1 rw`,
    agent: [
      ...seen,
      '/dev/sda1 /var/vcap',
      '/mnt/disk-11 /var/vcap/store',
      '/mnt/disk-1 /var/vcap/store',
      '/dev/sda1 /var/vcap/data/job',
      '/mnt/disk-1 /var/vcap/data/again',
    ],
    unmounted: ['/var/vcap/data/again', '/var/vcap/store'],
    inTheWay: ['- mount /var/vcap/data/job'],
  },
  'names with spaces, which the agent would split': {
    mountinfo: `${common}
531 522 0:71 /a\\040folder /mnt/disk-1 rw,relatime - cifs //nas/my\\040share rw
533 520 0:71 /a\\040folder /var/vcap/store rw,relatime - cifs //nas/my\\040share rw
534 520 0:71 /a\\040folder /var/vcap/my\\040folder rw,relatime - cifs //nas/my\\040share rw
535 520 0:72 / /var/vcap/data/other rw,relatime - cifs //nas/my\\040music rw`,
    agent: [
      ...seen,
      '/mnt/disk-11 /var/vcap/store',
      '/mnt/disk-1 /var/vcap/store',
      '/mnt/disk-1 /var/vcap/my\\040folder',
      '//nas/my\\040music /var/vcap/data/other',
    ],
    unmounted: ['/var/vcap/my folder', '/var/vcap/store'],
  },
  'a disk that is only below /mnt, as a pod has it from its start': {
    mountinfo: `${common.replace(/\n522 .*/, '')}
531 520 8:16 / /mnt/disk-1 rw,relatime - xfs /dev/sdb rw`,
    agent: seen,
    unmounted: [],
  },
};

/** Runs a command as the agent does: as its child, with our commands first in the PATH. */
const asAgent = `
  cp /bin/bash /tmp/bosh-agent
  agent() { PATH=/var/vcap/bosh/bin:$PATH /tmp/bosh-agent -c '"$@"; exit' agent "$@"; }
`;

for (const [title, table] of Object.entries(tables)) {
  onLinux(`mount and umount for the agent: ${title}`, async (t) => {
    const pod = await machine(t, { volume: { table: `${table.mountinfo.trim()}\n`, release: releaseScript } });
    const { stdout } = await pod.start(`${asAgent}
      mkdir /fake; export PATH=/fake:$PATH
      printf '#!/bin/bash\\nexec /usr/bin/awk "\${@/#\\/proc\\/self\\/mountinfo/\\/vcap/table}"\\n' > /fake/awk
      printf '#!/bin/bash\\nprintf "%%s\\\\n" "$@" >> /tmp/unmounted\\n' > /tmp/umount
      chmod 755 /fake/awk /tmp/umount; mount --bind /tmp/umount /bin/umount
      agent mount | awk '{ print $1, $3 }'; echo ---; agent umount /mnt/disk-1; echo $?; cat /tmp/unmounted
      echo ---; rm -f /tmp/unmounted; bash -c "$(cat /vcap/release)" release disk-1; echo $?; cat /tmp/unmounted`);
    const [seenByAgent, rest, released] = stdout.split('---\n') as [string, string, string];
    t.deepEqual(seenByAgent.trim().split('\n'), table.agent);
    t.deepEqual(rest.trim().split('\n'), [table.unmounted.length > 0 ? '0' : '32', ...table.unmounted]);
    const { inTheWay } = table;
    t.deepEqual(released.trim().split('\n'), inTheWay ? [...inTheWay, '16'] : ['0', ...table.unmounted]);
  });
}

for (const hotplug of [false, true]) {
  onLinux(
    `a disk's way through the agent's mount and umount, ${hotplug ? 'from outside' : 'in the pod'}`,
    async (t) => {
      const pod = await machine(t, { disks: ['disk-1', 'disk-2'] });
      const { stdout } = await pod.start(
        `${asAgent}
      look() { agent mount | awk '$1 ~ "^/mnt" { print $1, $3 }'; }
      agent mount /mnt/disk-1 /var/vcap/store -o bind; look
      mkdir /var/vcap/store_migration_target; agent mount /mnt/disk-2 /var/vcap/store_migration_target -o bind; look
      agent umount /var/vcap/store; agent umount /var/vcap/store_migration_target
      agent mount /mnt/disk-2 /var/vcap/store -o bind; look
      agent umount /mnt/disk-2; echo $?; look; cat /mnt/disk-2/name; ls /var/vcap/store`,
        { hotplug },
      );
      t.deepEqual(stdout.trim().split('\n'), [
        ...['/mnt/disk-11 /var/vcap/store', '/mnt/disk-1 /var/vcap/store'],
        ...['/mnt/disk-11 /var/vcap/store', '/mnt/disk-1 /var/vcap/store'],
        '/mnt/disk-2 /var/vcap/store_migration_target',
        ...['/mnt/disk-21 /var/vcap/store', '/mnt/disk-2 /var/vcap/store'],
        ...['0', 'disk-2'],
      ]);
    },
  );
}

onLinux(
  'everybody else gets the real mount and umount, and so does the agent for all it may ask besides',
  async (t) => {
    const pod = await machine(t, { disks: ['disk-1'] });
    const { stdout } = await pod.start(`${asAgent}
    ours=/var/vcap/bosh/bin
    mount --bind /mnt/disk-1 /var/vcap/store
    for caller in '' agent; do
      $caller $ours/mount --version | cut -d' ' -f1; $caller $ours/mount -t proc | grep -c proc
      $caller $ours/umount --version | cut -d' ' -f1
      $caller $ours/umount /mnt/none 2>&1; echo $?
    done
    $ours/mount | grep -c ' /mnt/disk-1 '; $ours/mount | grep -c '^/mnt'
    $ours/umount /mnt/disk-1; ls /mnt/disk-1; cat /var/vcap/store/name`);
    const same = ['mount', '1', 'umount'];
    t.deepEqual(stdout.trim().split('\n'), [
      ...[...same, 'umount: /mnt/none: no mount point specified.', '32'],
      ...[...same, 'umount: /mnt/none: not mounted.', '32'],
      ...['1', '0', 'disk-1'],
    ]);
  },
);

onLinux('a machine of a record without them keeps the real ones', async (t) => {
  const pod = await machine(t, { given: { mount: undefined, umount: undefined } });
  const { code, stdout } = await pod.start('ls /var/vcap/bosh/bin');
  t.is(code, 0);
  t.is(stdout, 'sync-time\n');
});
