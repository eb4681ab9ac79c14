import test from 'ava';
import { releaseScript } from '../../src/vm/scripts.ts';
import { machine, whyNotContainers } from './container.ts';

const why = whyNotContainers();
const onLinux = why === undefined ? test.serial : test.skip;
if (why !== undefined) test.skip(`the release of disks in namespaces: ${why}`, (t) => t.pass());

const last = '/var/vcap/bosh/managed_disk_settings.json';

// disk-1 and disk-2 are folders of the file system that the machine's own /var/vcap is on, as some provisioners make them
const inMachine = `
  exec 2> /dev/null
  release() { /bin/bash -c "$(cat /vcap/release)" release "$1"; echo "released $?"; }
  mounts() { grep -o " $1 " /proc/self/mountinfo | tr -d " "; }
  # in the background, until what PATH it has of the disk can be seen
  user=0
  await() { user=$!; until [ "$(readlink /proc/$user/$1)" = "$2" ]; do sleep 0.05; done; }
  named() { sed "s/^$user /PID /"; }
  end() { kill $user; wait $user; }
  mount --bind /mnt/disk-1 /var/vcap/store; printf c:disk-1 > ${last}
`;

async function run(t: Parameters<typeof machine>[0], script: string, hotplug = true): Promise<readonly string[]> {
  const pod = await machine(t, { disks: ['disk-1', 'disk-2'], volume: { release: releaseScript } });
  const { stdout } = await pod.start(`${inMachine}\n${script}\nkill -KILL -1`, { hotplug });
  return stdout.trim().split('\n');
}

onLinux('what was made of a disk is unmounted, its own mount and other disks stay, twice is fine', async (t) => {
  const seen = await run(
    t,
    `mkdir '/var/vcap/my folder' /var/vcap/other; mount --bind /mnt/disk-1 '/var/vcap/my folder'; mount --bind /mnt/disk-2 /var/vcap/other
    release disk-1; release disk-1; grep -c disks/disk-1 /proc/self/mountinfo; mounts /mnt/disk-1; cat /var/vcap/other/name; echo
    ls ${last}; release disk-3`,
  );
  // that /var/vcap is on the same file system makes it no part of the disk
  t.deepEqual(seen, ['released 0', 'released 0', '1', '/mnt/disk-1', 'disk-2', 'released 0']);
});

onLinux('the disk that was mounted last is remembered while another one goes', async (t) => {
  t.deepEqual(await run(t, `release disk-2; cat ${last}; echo; mounts /var/vcap/store`), [
    'released 0',
    'c:disk-1',
    '/var/vcap/store',
  ]);
});

onLinux('an agent that unmounted the disk and left the store leaves nothing that holds it', async (t) => {
  const seen = await run(t, `umount /mnt/disk-1; release disk-1; mounts /var/vcap/store; ls ${last}; echo end`);
  t.deepEqual(seen, ['released 0', 'end']);
});

onLinux('a store that is another disk is nobody’s to unmount', async (t) => {
  const seen = await run(
    t,
    `umount /var/vcap/store /mnt/disk-1; mount --bind /mnt/disk-2 /var/vcap/store; release disk-1; mounts /var/vcap/store`,
  );
  t.deepEqual(seen, ['released 0', '/var/vcap/store']);
});

/** Who holds the disk: how to become one (in the background), its link in /proc, and what is said of it. */
const holders: Readonly<Record<string, readonly [become: string, link: string, path: string, name?: string]>> = {
  'by its folder': ['( cd /var/vcap/store; exec sleep 60 )', 'cwd', '/var/vcap/store'],
  'by an open file': ['sleep 60 3>> /var/vcap/store/log', 'fd/3', '/var/vcap/store/log'],
  'by a file that is deleted': [
    '( exec 3> /var/vcap/store/gone; rm /var/vcap/store/gone; exec sleep 60 )',
    'fd/3',
    '/var/vcap/store/gone (deleted)',
  ],
  'by its program, which is a mapped file as well': [
    '( cp /bin/sleep /var/vcap/store/job; exec /var/vcap/store/job 60 )',
    'exe',
    '/var/vcap/store/job',
    'job',
  ],
  'by its root': [
    '( mkdir /var/vcap/store/usr; mount --bind /usr /var/vcap/store/usr; cd /var/vcap/store; ln -s usr/lib usr/lib64 usr/bin .; exec chroot . bin/sleep 60 )',
    'root',
    '/var/vcap/store',
  ],
  'through the mount of the disk, though there is no store': [
    '( umount /var/vcap/store; cd /mnt/disk-1; exec sleep 60 )',
    'cwd',
    '/mnt/disk-1',
  ],
};

for (const [title, [become, link, path, name = 'sleep']] of Object.entries(holders)) {
  onLinux(`who uses a disk is named, and nothing is changed: ${title}`, async (t) => {
    const seen = await run(
      t,
      `before=$(grep disks/disk-1 /proc/self/mountinfo)
      ${become} & await ${link} '${path}'; [ '${link}' != root ] || before=
      release disk-1 | grep -v ^- | named; ls ${last}
      [ -z "$before" ] || [ '${path}' = /mnt/disk-1 ] || [ "$before" = "$(grep disks/disk-1 /proc/self/mountinfo)" ] && echo same
      end; umount /var/vcap/store/usr; release disk-1; mounts /var/vcap/store`,
    );
    t.deepEqual(seen, [`PID ${name} ${path}`, 'released 16', last, 'same', 'released 0']);
  });
}

onLinux('a file that is only mapped is found as well', async (t) => {
  const seen = await run(
    t,
    `cp $(realpath /lib/*/libc.so.6) /var/vcap/store/lib.so; LD_PRELOAD=/var/vcap/store/lib.so sleep 60 & user=$!
    until grep -q store/lib.so /proc/$user/maps; do sleep 0.05; done; release disk-1 | named; end; release disk-1`,
  );
  t.deepEqual(seen, ['PID sleep /var/vcap/store/lib.so', 'released 16', 'released 0']);
});

onLinux('mounts on the disk, and mounts of a part of it, are in the way', async (t) => {
  const seen = await run(
    t,
    `mkdir /var/vcap/store/{cache,'a job'} /var/vcap/elsewhere; mount -t tmpfs tmpfs /var/vcap/store/cache
    mount --bind '/var/vcap/store/a job' /var/vcap/elsewhere; mount -t tmpfs tmpfs '/mnt/disk-1/a job'; release disk-1; mounts /var/vcap/store
    umount /var/vcap/elsewhere /var/vcap/store/cache '/mnt/disk-1/a job'; release disk-1`,
  );
  t.deepEqual(seen, [
    '- mount /mnt/disk-1/a job',
    '- mount /var/vcap/elsewhere',
    '- mount /var/vcap/store/cache',
    'released 16',
    '/var/vcap/store',
    'released 0',
  ]);
});

onLinux('a process with a view of the mounts of its own keeps no disk, unless it uses it', async (t) => {
  const seen = await run(
    t,
    `view() { unshare --mount --propagation private bash -c "$1; cd \${2-/}; exec -a job sleep 60" & await cwd "\${2-/}"; until [ "$(cat /proc/$user/comm)" = sleep ]; do sleep 0.05; done; }
    view :; release disk-1; grep -c disks/disk-1 /proc/$user/mountinfo; end
    mount --bind /mnt/disk-1 /var/vcap/store
    view 'umount /mnt/disk-1' /var/vcap/store; release disk-1 | named; mounts /var/vcap/store; end
    mkdir /var/vcap/store/job /opt; view 'mount --bind /var/vcap/store/job /opt; umount /var/vcap/store /mnt/disk-1'
    release disk-1 | named; end; release disk-1`,
  );
  t.deepEqual(seen, [
    ...['released 0', '0'],
    ...['PID sleep /var/vcap/store', 'released 16', '/var/vcap/store'],
    ...['PID sleep /opt', 'released 16', 'released 0'],
  ]);
});

onLinux('without hotplug it is as right', async (t) => {
  t.deepEqual(await run(t, 'release disk-1; mounts /var/vcap/store; mounts /mnt/disk-1', false), [
    'released 0',
    '/mnt/disk-1',
  ]);
});
