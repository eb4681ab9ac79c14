import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Api } from './api.ts';
import { run } from './command.ts';
import { createImage } from './image.ts';
import type { ClusterNetwork } from './network.ts';
import { isRunning, type ProcessRecord, startOf, startProcess, stopProcess } from './process.ts';
import { waitFor } from './wait.ts';

export interface NodeOptions {
  readonly name: string;
  readonly stateDir: string;
  /** Folder with kubelet, kube-proxy and pause. */
  readonly binaries: string;
  readonly network: ClusterNetwork;
}

const pauseImage = 'test.local/pause:1';

/** The programs a node needs from the machine, with the Debian package of each. */
const programs = {
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  ip: 'iproute2',
  iptables: 'iptables',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  conntrack: 'conntrack',
  ethtool: 'ethtool',
  socat: 'socat',
};

const pluginFolders = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'];

function pluginFolder(): string | undefined {
  return pluginFolders.find((folder) =>
    ['ptp', 'host-local', 'portmap', 'bridge', 'static'].every((name) => existsSync(join(folder, name))),
  );
}

/** What keeps this machine from running a node, a sentence each; empty when nothing does. */
export function missingForNode(env: NodeJS.ProcessEnv = process.env): string[] {
  const folders = (env.PATH ?? '').split(':');
  const missing = Object.entries(programs).filter(
    ([name]) => !folders.some((folder) => existsSync(join(folder, name))),
  );
  return [
    ...(process.platform === 'linux' ? [] : ['a node needs Linux']),
    ...(process.getuid?.() === 0 ? [] : ['a node needs root']),
    ...missing.map(([name, debian]) => `${name} is not in PATH (Debian: ${debian})`),
    ...(pluginFolder() === undefined
      ? ['the CNI plugins are not installed (Debian: containernetworking-plugins)']
      : []),
  ];
}

function containerdConfiguration(): string {
  return `version = 2
root = "/run/node/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/node/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Without CAP_SYS_RESOURCE runc may not lower the score: "can't get final child's PID from pipe: EOF".
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/run/node/plugins"
    conf_dir = "/run/node/cni"
`;
}

/**
 * Every pod gets a link of its own that is routed: no bridge, so nothing depends on br_netfilter. One that names networks gets an interface for each, as from
 * Multus (attachments.sh).
 */
function cniConfiguration(podCidr: string): unknown {
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet: podCidr }]],
    routes: [{ dst: '0.0.0.0/0' }],
    dataDir: '/run/cni',
  };
  return {
    cniVersion: '0.4.0',
    name: 'kubernetes-cpi',
    plugins: [
      { type: 'attachments', ipMasq: false, ipam, capabilities: { 'io.kubernetes.cri.pod-annotations': true } },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

function kubeletConfiguration(_options: NodeOptions): unknown {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: 'unix:///run/node/containerd.sock',
    resolvConf: '/run/node/resolv.conf',
    failSwapOn: false,
    // The machine may be a container itself: no limits are set above the containers', and both versions of cgroups will do.
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    localStorageCapacityIsolation: false,
    failCgroupV1: false,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: '/run/node/ca.crt' },
    },
    authorization: { mode: 'Webhook' },
    evictionHard: { 'memory.available': '100Mi' },
    imageGCHighThresholdPercent: 100,
    nodeStatusUpdateFrequency: '4s',
    // The default keeps tests of many pods waiting.
    serializeImagePulls: false,
    maxPods: 250,
    syncFrequency: '10s',
    // Tests end containers often; by default each end doubles the wait for the next start, from 10 s to 5 min.
    featureGates: {
      KubeletCrashLoopBackOffMax: true,
      // A kubelet of 1.34 panics when it takes a container that was killed for one whose resources are to change (doPodResizeAction).
      InPlacePodVerticalScaling: false,
    },
    crashLoopBackOff: { maxContainerRestartPeriod: '2s' },
  };
}

/** The machine's CNI plugins and the node's own. */
function linkPlugins(folder: string): void {
  const installed = pluginFolder() ?? '';
  mkdirSync(folder);
  for (const name of readdirSync(installed)) symlinkSync(join(installed, name), join(folder, name));
  symlinkSync(join(import.meta.dirname, 'attachments.sh'), join(folder, 'attachments'));
}

function prepare(options: NodeOptions): string {
  const folder = join(options.stateDir, 'node');
  for (const name of ['cni', 'containerd', 'kubelet', 'pods', 'volumes'])
    mkdirSync(join(folder, name), { recursive: true });
  const write = (name: string, content: string): void => writeFileSync(join(folder, name), content);
  write('containerd.toml', containerdConfiguration());
  linkPlugins(join(folder, 'plugins'));
  write('cni/10-pods.conflist', JSON.stringify(cniConfiguration(options.network.podCidr), null, 2));
  write('kubelet.json', JSON.stringify(kubeletConfiguration(options), null, 2));
  // Pods have no DNS server of the cluster's; the machine's own may be in /run, which the node does not see.
  write('resolv.conf', readFileSync('/etc/resolv.conf', 'utf8'));
  write('ca.crt', readFileSync(join(options.stateDir, 'pki', 'ca.crt'), 'utf8'));
  return folder;
}

/**
 * Starts containerd, kube-proxy and the kubelet in namespaces of their own.
 * The kubeconfigs `kubelet.kubeconfig`, `proxy.kubeconfig` and `multus.kubeconfig` must be in the folder `node` of the state already.
 * @returns the process to kill for the whole node to end
 */
export async function startNode(options: NodeOptions): Promise<ProcessRecord> {
  const folder = prepare(options);
  await createImage({
    name: pauseImage,
    source: join(options.binaries, 'pause'),
    output: join(folder, 'pause.tar'),
    entry: ['/pause'],
  });
  const { namespace, nodeAddress, podCidr } = options.network;
  const script = join(import.meta.dirname, 'node.sh');
  return startProcess(
    'node',
    'nsenter',
    [
      `--net=/run/netns/${namespace}`,
      ...['unshare', '--pid', '--fork', '--kill-child', '--mount', '--mount-proc', '--ipc', '--propagation', 'private'],
      ...['/bin/bash', script, folder, options.binaries, options.name, nodeAddress, podCidr, process.execPath],
    ],
    join(folder, 'node.log'),
  );
}

/** Waits until pods can be scheduled to the node: Ready, and the taint of a node that was not is gone. */
export async function waitForNode(api: Api, options: NodeOptions, process: ProcessRecord): Promise<void> {
  interface Node {
    spec: { taints?: unknown[] };
    status: { conditions?: { type: string; status: string }[] };
  }
  await waitFor(
    `node ${options.name} Ready (logs: ${join(options.stateDir, 'node')})`,
    120_000,
    async () => {
      if (!isRunning(process)) return true;
      const node = await api.call<Node>('GET', `/api/v1/nodes/${options.name}`);
      const isReady = node.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
      return isReady && (node.spec.taints ?? []).length === 0 ? true : undefined;
    },
    100,
  );
  if (!isRunning(process)) throw new Error(`the node ended: see ${join(options.stateDir, 'node', 'node.log')}`);
}

/** PID 1 of a running node, as this side sees it. */
export function initOf(process: ProcessRecord): number | undefined {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim();
  return children === '' ? undefined : Number(children.split(' ')[0]);
}

/** Kills the node's PID 1, and with it the kernel kills everything of the node; returns when all of it is gone. */
export async function stopNode(record: ProcessRecord): Promise<void> {
  const pid = isRunning(record) ? initOf(record) : undefined;
  const started = pid === undefined ? undefined : startOf(pid);
  if (pid !== undefined && started !== undefined) await stopProcess({ name: 'node', pid, started }, 0);
  await stopProcess(record, 0);
}

/** Loads a docker or OCI archive into the node's containerd, under the names the archive gives. */
export async function importImage(process: ProcessRecord, archive: string): Promise<string> {
  const init = initOf(process);
  if (init === undefined) throw new Error('the node does not run');
  const client = ['ctr', '--address', '/run/node/containerd.sock', '--namespace', 'k8s.io', 'images', 'import', '-'];
  return run('nsenter', ['--target', String(init), '--mount', ...client], { stdin: archive });
}

/** Removes a control group and those below it, deepest first. There are only folders to remove, once no process is in them. */
function removeControlGroup(top: string): void {
  if (!existsSync(top)) return;
  const below = readdirSync(top, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  const folders = below.map((entry) => join(entry.parentPath, entry.name)).sort((a, b) => b.length - a.length);
  for (const folder of [...folders, top]) rmdirSync(folder);
}

/**
 * The control groups of a node's containers, in each hierarchy. They are all `k8s.io/CONTAINER`, shared by whatever
 * containerd runs on this machine, so ours are told by the containers our containerd has a folder for.
 */
export function controlGroupsOf(stateDir: string): string[] {
  const tasks = join(stateDir, 'node/containerd/io.containerd.runtime.v2.task/k8s.io');
  const containers = existsSync(tasks) ? readdirSync(tasks) : [];
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const hierarchies = lines.filter((line) => / - cgroup2? /.test(line)).map((line) => line.split(' ')[4] ?? '');
  return hierarchies.flatMap((hierarchy) => containers.map((container) => join(hierarchy, 'k8s.io', container)));
}

/** Removes the control groups of a killed node, and the one above them once nobody else's are in it. */
export function removeControlGroups(stateDir: string): void {
  const groups = controlGroupsOf(stateDir);
  for (const group of groups) removeControlGroup(group);
  for (const parent of new Set(groups.map(dirname)).values()) {
    const isEmpty =
      existsSync(parent) && !readdirSync(parent, { withFileTypes: true }).some((each) => each.isDirectory());
    if (isEmpty) rmdirSync(parent);
  }
}
