#!/usr/bin/env bash
# The part of the small stemcell that seldom changes, as a tar on standard output: Debian with what a warden stemcell has of
# users, groups, inits and tools. Needs root and debootstrap.
set -euo pipefail
root=$(mktemp -d "${TMPDIR:-/tmp}/stemcell-base.XXXXXX")
trap 'rm -rf "$root"' EXIT
packages=runit,systemd,systemd-sysv,systemd-resolved,dbus,monit,iproute2,procps,util-linux,mount,netbase,ca-certificates,openssl,curl,jq,tar,gzip,sudo
debootstrap --variant=minbase --include="$packages" bookworm "$root" >&2

for group in vcap:1000 syslog:1100 bosh_sshers:1101 admin:1102; do chroot "$root" groupadd -f -g "${group#*:}" "${group%:*}"; done
chroot "$root" useradd -u 1000 -g 1000 -m -d /home/vcap -s /bin/bash vcap
# empty, not missing: systemd asks nobody for what a first boot asks
: > "$root/etc/machine-id"
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale} "$root"/etc/service
rm -f "$root"/etc/{hostname,hosts,resolv.conf} "$root"/etc/init.d/monit "$root"/lib/systemd/system/monit.service
# what a stemcell does not start by itself
rm -f "$root"/etc/systemd/system/multi-user.target.wants/{monit,runit,remote-fs,e2scrub}* "$root"/etc/systemd/system/*/e2scrub* "$root"/etc/systemd/system/timers.target.wants/*
tar -C "$root" --numeric-owner --sort=name --exclude=./dev/* -cf - .
