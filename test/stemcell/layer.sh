#!/usr/bin/env bash
# What makes a warden stemcell of the base, in ROOT (an empty folder): the agent, its configuration, its supervisor and the
# scripts that it calls. The flavour runit is made like jammy's, systemd like noble's.
# usage: layer.sh ROOT runit|systemd AGENT MONIT_GATE [BLOBSTORE_DAV]
set -euo pipefail
root=${1:?} flavour=${2:?} agent=${3:?} gate=${4:?} blobstore=${5-}
vcap=$root/var/vcap
script() {
  mkdir -p "${1%/*}"
  { printf '#!/bin/bash\n'; cat; } > "$1"
  chmod 755 "$1"
}

mkdir -p "$vcap"/bosh/{bin,etc,log} "$vcap"/{monit/job,data,store,instance} "$root/usr/sbin"
install -m 755 "$agent" "$vcap/bosh/bin/bosh-agent"
[ -z "$blobstore" ] || install -m 755 "$blobstore" "$vcap/bosh/bin/bosh-blobstore-dav"
# the agent stops at its start when one of these is missing
for name in bosh-start-logging-and-auditing restart_networking sync-time setup-logrotate.sh bosh-agent-rc; do
  script "$vcap/bosh/bin/$name" <<< 'exit 0'
done
# a line of the stock script, which a container must not run
echo 'chronyc -a makestep' >> "$vcap/bosh/bin/sync-time"
echo 1.0 > "$vcap/bosh/etc/stemcell_version"
echo ubuntu > "$vcap/bosh/etc/operating_system"
manager=''
[ "$flavour" = runit ] || manager=systemd
cat > "$vcap/bosh/agent.json" <<E
{"Platform": {"Linux": {"UseDefaultTmpDir": true, "UsePreformattedPersistentDisk": true, "BindMountPersistentDisk": true, "SkipDiskSetup": true, "ServiceManager": "$manager"}},
 "Infrastructure": {"Settings": {"Sources": [{"Type": "File", "SettingsPath": "/var/vcap/bosh/warden-cpi-agent-env.json"}]}}}
E

# A stemcell's monit is 5.2.5. Debian's wants a token with each POST, which the gate adds, and calls an unknown group an error.
install -m 755 "$gate" "$vcap/bosh/bin/monit-gate"
cat > "$vcap/bosh/etc/monitrc" <<'E'
set daemon 5
set logfile /var/vcap/monit/monit.log
set httpd port 2823 and use address 127.0.0.1
  allow cleartext /var/vcap/monit/monit.user
include /var/vcap/monit/*.monitrc
include /var/vcap/monit/job/*.monitrc
E
chmod 600 "$vcap/bosh/etc/monitrc"
script "$vcap/bosh/bin/monit" <<'E'
out=$(/usr/bin/monit -c /var/vcap/bosh/etc/monitrc "$@" 2>&1)
status=$?
echo "$out"
[[ $out != *"Group 'vcap' not found"* ]] || exit 0
exit $status
E
# shellcheck disable=SC2016 # the service expands it, not this script
run_agent='exec nice -n -5 /var/vcap/bosh/bin/bosh-agent -P $(cat /var/vcap/bosh/etc/operating_system) -C /var/vcap/bosh/agent.json'
run_monit='mkdir -p /var/vcap/monit/job; exec /usr/bin/monit -I -c /var/vcap/bosh/etc/monitrc'

if [ "$flavour" = systemd ]; then
  unit() {
    mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
    cat > "$root/etc/systemd/system/$1.service"
  }
  enable() { ln -s "../$1.service" "$root/etc/systemd/system/multi-user.target.wants/$1.service"; }
  unit bosh-agent <<E
[Unit]
After=network.target
[Service]
WorkingDirectory=/var/vcap/bosh
ExecStart=/bin/bash -c 'PATH=/var/vcap/bosh/bin:\$PATH $run_agent'
Restart=always
KillMode=process
StandardOutput=journal
StandardError=inherit
SyslogIdentifier=bosh-agent
E
  unit monit <<E
[Unit]
ConditionPathExists=/var/vcap/data/sys/run
[Service]
ExecStart=/bin/bash -c '$run_monit'
Restart=always
KillMode=process
E
  unit monit-gate <<E
[Service]
ExecStart=/var/vcap/bosh/bin/monit-gate
Restart=always
E
  enable bosh-agent
  enable monit-gate
  exit
fi

mkdir -p "$root/etc/service" "$root/etc/resolvconf/resolv.conf.d"
service() {
  script "$root/etc/sv/$1/run"
  ln -s "/etc/sv/$1" "$root/etc/service/$1"
}
service agent <<E
export PATH=/var/vcap/bosh/bin:\$PATH
exec 2>&1
cd /var/vcap/bosh
$run_agent
E
script "$root/etc/sv/agent/log/run" <<< 'exec svlogd -tt /var/vcap/bosh/log'
service monit <<< "$run_monit"
touch "$root/etc/sv/monit/down"
service monit-gate <<< 'exec /var/vcap/bosh/bin/monit-gate'
script "$root/usr/sbin/resolvconf" <<< 'mkdir -p /run/resolvconf && cp /etc/resolvconf/resolv.conf.d/base /run/resolvconf/resolv.conf'
script "$root/usr/sbin/runsvdir-start" <<'E'
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec runsvdir -P /etc/service log:
E
