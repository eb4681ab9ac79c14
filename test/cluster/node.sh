#!/bin/bash
# PID 1 of a node: runs in PID, mount and network namespaces of its own, so that killing it ends the node whole,
# with all containers, mounts and sockets. What the node writes goes to its state folder or to memory.
# usage: node.sh STATE BINARIES NODE-NAME NODE-ADDRESS POD-CIDR NODE-EXECUTABLE
set -eu
state=$1 binaries=$2 name=$3 address=$4 pods=$5

# /run, /var/lib and /var/log are the node's own. They are put together aside first: STATE may be below one of them.
mount -n -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/node /mnt/bin
mount -n --bind "$state" /mnt/node
mount -n --bind "$binaries" /mnt/bin
mount -n --move /mnt /run
mount -n -t tmpfs -o mode=755 tmpfs /var/lib
mount -n -t tmpfs -o mode=755 tmpfs /var/log
mkdir -p /var/lib/kubelet /var/lib/cni /var/log/pods /var/log/containers /run/lock
mount -n --bind /run/node/kubelet /var/lib/kubelet
mount -n --bind /run/node/pods /var/log/pods
# Attachments of disks reach running pods only if what is mounted in one place is seen in the others.
mount -n --make-rshared /

export PATH=/run/bin:$PATH
# for attachments.sh
export NODE_EXECUTABLE=$6
# Here memory counts for more: these run for long, beside the machines.
unset GOGC

containerd --config /run/node/containerd.toml > /run/node/containerd.log 2>&1 &
until ctr --address /run/node/containerd.sock version > /dev/null 2>&1; do sleep 0.1; done
ctr --address /run/node/containerd.sock --namespace k8s.io images import /run/node/pause.tar > /dev/null
kube-proxy --kubeconfig=/run/node/proxy.kubeconfig --proxy-mode=iptables --cluster-cidr="$pods" \
  --hostname-override="$name" --bind-address="$address" --conntrack-max-per-core=0 > /run/node/kube-proxy.log 2>&1 &
# A kubelet that was killed is started again, as a service manager does, but not while there is a file `kubelet.held`.
keep_kubelet() {
  local status=137
  while [ "$status" = 137 ]; do
    until [ ! -e /run/node/kubelet.held ]; do sleep 0.1; done
    status=0
    kubelet --config=/run/node/kubelet.json --kubeconfig=/run/node/kubelet.kubeconfig --hostname-override="$name" \
      --node-ip="$address" --node-labels=topology.kubernetes.io/region=test,topology.kubernetes.io/zone=test-a || status=$?
  done
}
keep_kubelet > /run/node/kubelet.log 2>&1 &

# Orphans of containers become children of PID 1; bash reaps them while it waits. A node that lacks one of the three is none.
wait -n || true
echo "containerd, kube-proxy or the kubelet ended: see their logs in this folder"
exit 1
