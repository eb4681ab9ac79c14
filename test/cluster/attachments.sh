#!/bin/bash
# The CNI plugin of the node's pods: ptp, and beside it, for a pod that names networks as Multus has it, an interface for each.
# Most pods name none: they must not wait for more than a shell.
config=$(cat)
asked='k8s.v1.cni.cncf.io/networks"'
if [[ $CNI_COMMAND = ADD && $config = *"$asked"* || $CNI_COMMAND = DEL && -e /run/node/attachments/$CNI_CONTAINERID ]]; then
  exec "$NODE_EXECUTABLE" "$(dirname "$(readlink -f "$0")")/attachments.ts" <<< "$config"
fi
exec "$CNI_PATH/ptp" <<< "$config"
