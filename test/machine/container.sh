#!/usr/bin/env bash
# Runs the entrypoint in namespaces of its own, on this machine's /usr, with the mounts that a kubelet gives a machine.
# Called by container.ts inside `unshare`; FOLDER holds root/ (the container's own layer), volume/, kubelet/, disks/<name>.
# usage: container.sh FOLDER hotplug|recreate LATER DISK...
# LATER is what happens on the node a second after the start, e.g. `attach DISK`.
set -euo pipefail
folder=$1 attach=$2 later=$3
shift 3
root=$folder/root
mkdir -p "$root"
mount --bind "$root" "$root"
mkdir -p "$root"/{usr,proc,dev,tmp,run,mnt,vcap,sys} "$folder"/{upper,work}
for dir in bin sbin lib lib64; do ln -sfn "usr/$dir" "$root/$dir"; done
mount -t overlay overlay -o "lowerdir=/usr,upperdir=$folder/upper,workdir=$folder/work" "$root/usr"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$folder/volume" "$root/vcap"
mount --bind "$folder/bosh-cpi" "$root/bosh-cpi"
for name in hosts hostname resolv.conf; do
  # as a container runtime does, a link of the image is followed inside its root
  target=$root/etc/$name
  [ ! -L "$target" ] || target=$root$(readlink "$target")
  mount --bind "$folder/kubelet/$name" "$target"
done
at=$root/mnt
if [ "$attach" = hotplug ]; then
  # what is mounted in the node's folder shows in the machine, as HostToContainer has it
  at=$folder/share
  mkdir -p "$at"
  mount -t tmpfs tmpfs "$at"
  mount --make-shared "$at"
  mount --bind "$at" "$root/mnt"
fi
attach() {
  mkdir -p "$at/$1"
  mount --bind "$folder/disks/$1" "$at/$1"
}
for name; do attach "$name"; done
if [ -n "$later" ]; then { sleep 1 && eval "$later"; } & fi
# the node's mounts above are not the container's: it has its own view, with nothing of the node in it
cd "$root"
exec unshare --mount --propagation slave bash -c 'pivot_root . . && umount -l . && exec chroot . /bin/bash /bosh-cpi/entrypoint'
