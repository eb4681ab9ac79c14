#!/usr/bin/env bash
# Runs the entrypoint in namespaces of its own, on this machine's /usr, with the mounts that a kubelet gives a machine.
# Called by container.ts inside `unshare`; FOLDER holds root/ (the container's own layer), volume/, kubelet/, disks/<name>.
# usage: container.sh FOLDER hotplug|recreate DISK...
set -euo pipefail
folder=$1 attach=$2
shift 2
root=$folder/root
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
if [ "$attach" = hotplug ]; then
  mkdir -p "$folder/share"
  mount -t tmpfs tmpfs "$root/mnt"
fi
for name; do
  mkdir -p "$root/mnt/$name"
  mount --bind "$folder/disks/$name" "$root/mnt/$name"
done
exec chroot "$root" /bin/bash /bosh-cpi/entrypoint
