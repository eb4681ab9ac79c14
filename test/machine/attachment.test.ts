import { existsSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { attachmentScript } from '../../src/vm/scripts.ts';
import { machine, whyNotContainers } from './container.ts';

const why = whyNotContainers();
const onLinux = why === undefined ? test.serial : test.skip;
if (why !== undefined) test.skip(`attachments in namespaces: ${why}`, (t) => t.pass());

/** What an image may have: a stemcell's tools, or a tiny one's. Each is the folder that comes first in the PATH. */
const images: Readonly<Record<string, { readonly at: string; readonly prepare: string }>> = {
  'a stemcell': { at: '/usr/bin', prepare: '' },
  busybox: { at: '/bb', prepare: 'mkdir /bb; /usr/bin/busybox --install -s /bb' },
};
const absent = existsSync('/usr/bin/busybox') ? [] : ['busybox'];
for (const image of absent) test.skip(`attachments of ${image}: it is not installed`, (t) => t.pass());

// The node's folder is a file system of its own, as /run is; a disk is another, or a folder of one that holds more. The
// machine's view of its own folder is in /seen. `attachment` is what runs in the pod, and `look` what a machine sees.
const node = `
  exec 3>&1 > /log
  mkdir /share /seen /disk /disks
  mount -t tmpfs run /share; mount --make-shared /share; mkdir /share/vm; mount --bind /share/vm /seen; mount --make-slave /seen
  mount -t tmpfs /dev/sdb /disks; mkdir /disks/one /disks/two; echo one > /disks/one/name; echo two > /disks/two/name
  mount --bind /disks/one /disk
  attachment() { PATH=$at exec $at/sh -c "$(cat /vcap/attachment)" attachment "$@"; }
  mounted() { grep -c 'is mounted' /log; }
  hold() {
    local before=$(mounted)
    ( attachment hold vm "$1" ) & held=$!
    while [ "$(mounted)" = "$before" ] && kill -0 $held; do sleep 0.05; done
  }
  finish() { kill "$1" "$held"; wait "$held"; echo "ended $?"; }
  use() { ( cd "$1"; exec sleep 60 ) & user=$!; until [ "$(readlink /proc/$user/cwd)" = "$1" ]; do sleep 0.05; done; }
  look() { cat "/seen/$1/name" || echo nothing; }
  mounts() { grep -c ' /share/vm/' /proc/self/mountinfo; }
`;

for (const [image, { at, prepare }] of Object.entries(images)) {
  if (absent.includes(image)) continue;
  const inPod = (title: string, script: string, expected: readonly string[]) =>
    onLinux(`${image}: ${title}`, async (t: ExecutionContext) => {
      const pod = await machine(t, { volume: { attachment: attachmentScript } });
      const { stdout } = await pod.start(`at=${at}; ${prepare}\n${node}\n${script}\ncat /log >&3; kill -KILL -1`);
      t.deepEqual(stdout.trim().split('\n'), expected);
    });

  inPod(
    'a disk shows in the machine while it is held, and TERM leaves no mount',
    'hold disk-1; look disk-1; mounts; finish -TERM; look disk-1; mounts',
    ['/share/vm/disk-1 is mounted', 'one', '1', '/share/vm/disk-1 is unmounted', 'ended 0', 'nothing', '0'],
  );
  inPod(
    'the next container after SIGKILL goes on with the mount, and stacks none',
    `hold disk-1; finish -KILL; look disk-1; id=$(grep ' /seen/disk-1 ' /proc/self/mountinfo)
    hold disk-1; look disk-1; mounts; [ "$id" = "$(grep ' /seen/disk-1 ' /proc/self/mountinfo)" ] && echo same`,
    ['/share/vm/disk-1 is mounted', 'ended 137', 'one', '/share/vm/disk-1 is mounted already', 'one', '1', 'same'],
  );
  inPod(
    'a mount that an earlier container takes away while it ends is put back, one that was released is not',
    `hold disk-1; umount /share/vm/disk-1; until mounts > /dev/null; do sleep 0.1; done; look disk-1
    (attachment release vm disk-1); sleep 3; mounts`,
    ['/share/vm/disk-1 is mounted', '/share/vm/disk-1 is mounted', 'one', '0'],
  );
  inPod(
    'a mount that is not of this disk is replaced, also when it is in the same file system or twice there',
    `mkdir /share/vm/disk-1; mount --bind /disks/two /share/vm/disk-1; mount --bind /disks/two /share/vm/disk-1
    hold disk-1; look disk-1; mounts`,
    [
      '/share/vm/disk-1 has another mount, of an earlier life: unmounting it',
      '/share/vm/disk-1 is mounted',
      'one',
      '1',
    ],
  );
  inPod(
    'a stale mount that somebody uses stays, and nothing is put over it',
    `mkdir /share/vm/disk-1; mount --bind /disks/two /share/vm/disk-1; use /seen/disk-1
    hold disk-1; wait $held; echo "ended $?"; look disk-1; mounts`,
    [
      '/share/vm/disk-1 has another mount, of an earlier life: unmounting it',
      ...busy(image, '/share/vm/disk-1'),
      'ended 16',
      'two',
      '1',
    ],
  );
  inPod(
    'release unmounts and removes the folder, twice is fine, and the last folder is forgotten only when empty',
    `mkdir -p /share/vm/disk-2; hold disk-1
    for _ in 1 2; do ( attachment release vm disk-1 ); echo "released $?"; done; ls /share/vm; mounts
    ( attachment forget vm ); echo "forgot $?"; ls /share; umount /seen; rmdir /share/vm/disk-2; ( attachment forget vm ); ls /share
    finish -TERM`,
    [
      '/share/vm/disk-1 is mounted',
      'released 0',
      'released 0',
      'disk-2',
      '0',
      'forgot 0',
      'vm',
      '/share/vm/disk-1 is unmounted',
      'ended 0',
    ],
  );
  inPod(
    'a disk that the machine uses is released by nobody: neither asked nor ended',
    `hold disk-1; use /seen/disk-1
    ( attachment release vm disk-1 ); echo "released $?"; finish -TERM; look disk-1; mounts
    kill $user; hold disk-1; ( attachment release vm disk-1 ); echo "released $?"; mounts`,
    [
      '/share/vm/disk-1 is mounted',
      ...busy(image, '/share/vm/disk-1'),
      'released 16',
      ...busy(image, '/share/vm/disk-1'),
      'ended 16',
      'one',
      '1',
      '/share/vm/disk-1 is mounted already',
      'released 0',
      '0',
    ],
  );
  inPod(
    'a release that failed changes nothing: the mount is put back as before',
    `hold disk-1; use /seen/disk-1; ( attachment release vm disk-1 ); kill $user; wait $user
    umount /share/vm/disk-1; until mounts > /dev/null; do sleep 0.1; done; look disk-1`,
    ['/share/vm/disk-1 is mounted', ...busy(image, '/share/vm/disk-1'), '/share/vm/disk-1 is mounted', 'one'],
  );
  inPod(
    'without a volume nothing is mounted, and the machine keeps seeing nothing',
    'umount /disk; hold disk-1; wait $held; echo "ended $?"; look disk-1; mounts',
    ['no volume is mounted at /disk', 'ended 1', 'nothing', '0'],
  );
}

function busy(image: string, path: string): readonly string[] {
  return [
    image === 'busybox' ? `umount: can't unmount ${path}: Device or resource busy` : `umount: ${path}: target is busy.`,
  ];
}
