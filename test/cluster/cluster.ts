import { readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Assets, executable, findAssets } from './assets.ts';
import { buildKwok, type Kwok, type Progress } from './build.ts';
import { freePort, startControlPlane } from './control-plane.ts';
import { describeExternal, namedKubeconfig } from './external.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { startKwok } from './kwok.ts';
import { exclusively } from './lock.ts';
import { type ClusterNetwork, createNetwork, deleteNetwork, firstAddress, pickNetwork } from './network.ts';
import {
  importImage,
  missingForNode,
  type NodeOptions,
  removeControlGroups,
  startNode,
  stopNode,
  waitForNode,
} from './node.ts';
import { stateFolder } from './paths.ts';
import { createIdentity } from './pki.ts';
import { isRunning, type ProcessRecord, stopProcess } from './process.ts';
import { type Cluster, type ClusterState, listStates, readState, writeState } from './state.ts';
import { startStorage } from './storage.ts';

export interface ClusterOptions {
  /** Defaults to `default`. */
  readonly name?: string;
  /** Whether real containers are to run: needs root. */
  readonly node?: boolean;
  /** Whether pods are to run on nodes that do not exist, by kwok. */
  readonly kwok?: boolean;
  /** A cluster that is there already; defaults to KUBERNETES_CPI_TEST_KUBECONFIG. Nothing is started then. */
  readonly kubeconfig?: string;
  /** Told what takes long; silent by default. */
  readonly progress?: Progress;
}

export type { Cluster } from './state.ts';

const nodeName = 'node1';

function isAlive(state: ClusterState): boolean {
  return state.phase === 'ready' && state.processes.every(isRunning);
}

function has(state: ClusterState, node: boolean, kwok: boolean): boolean {
  return (!node || state.network !== undefined) && (!kwok || state.processes.some(({ name }) => name === 'kwok'));
}

async function plan(name: string, node: boolean, assets: Assets): Promise<ClusterState> {
  const stateDir = stateFolder(name);
  const others = listStates().flatMap((state) => (state.network === undefined ? [] : [state.network]));
  const network = node ? await pickNetwork(name, others) : undefined;
  const address = network?.hostAddress ?? '127.0.0.1';
  return {
    name,
    source: assets.source,
    stateDir,
    createdAt: new Date().toISOString(),
    server: `https://${address}:${await freePort('127.0.0.1')}`,
    kubeconfig: join(stateDir, 'kubeconfig'),
    assets: assets.folder,
    serviceCidr: network?.serviceCidr ?? '10.96.0.0/16',
    phase: 'starting',
    ...(network === undefined ? {} : { network, nodeName }),
    processes: [],
  };
}

function serverNames(state: ClusterState): string[] {
  const addresses = [
    '127.0.0.1',
    firstAddress(state.serviceCidr),
    ...(state.network === undefined ? [] : [state.network.hostAddress]),
  ];
  return [...addresses, 'localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
}

async function writeIdentity(state: ClusterState): Promise<void> {
  const identity = createIdentity(join(state.stateDir, 'pki'), serverNames(state), nodeName);
  const write = (file: string, who: { cert: string; key: string }): string =>
    writeKubeconfig(file, state.name, state.server, identity.authority.cert, who);
  write(state.kubeconfig, identity.admin);
  if (state.network === undefined) return;
  await mkdir(join(state.stateDir, 'node'), { recursive: true });
  write(join(state.stateDir, 'node', 'kubelet.kubeconfig'), identity.kubelet);
  write(join(state.stateDir, 'node', 'proxy.kubeconfig'), identity.proxy);
  write(join(state.stateDir, 'node', 'multus.kubeconfig'), identity.admin);
}

function nodeOptions(state: ClusterState, network: ClusterNetwork): NodeOptions {
  return {
    name: state.nodeName ?? nodeName,
    stateDir: state.stateDir,
    binaries: state.assets,
    network,
  };
}

async function launch(planned: ClusterState, assets: Assets, kwok: Kwok | undefined): Promise<ClusterState> {
  let state = planned;
  const onStart = (record: ProcessRecord): void => {
    state = writeState({ ...state, processes: [...state.processes, record] });
  };
  await writeIdentity(state);
  const { network } = state;
  if (network !== undefined) await createNetwork(network);
  const { hostname: address, port } = new URL(state.server);
  const api = await startControlPlane({
    assets,
    stateDir: state.stateDir,
    kubeconfig: state.kubeconfig,
    address,
    port: Number(port),
    serviceCidr: state.serviceCidr,
    node: network !== undefined,
    onStart,
  });
  try {
    if (network !== undefined || kwok !== undefined) onStart(await startStorage(api, state));
    if (network !== undefined) {
      const options = nodeOptions(state, network);
      const node = await startNode(options);
      onStart(node);
      await waitForNode(api, options, node);
    }
    if (kwok !== undefined) onStart(await startKwok(api, state, kwok));
  } finally {
    api.close();
  }
  return writeState({ ...state, phase: 'ready' });
}

/**
 * Starts a Kubernetes cluster, or answers the running one of that name if it has what is asked for.
 * Whatever half-started or crashed cluster has the name is taken down first.
 * @returns its facts; `kubeconfig` is an administrator's
 * @throws Error that says what the machine lacks; nothing is left then
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { name = 'default', node = false, kwok = false, progress = () => undefined } = options;
  const kubeconfig = options.kubeconfig ?? namedKubeconfig();
  if (kubeconfig !== undefined) return describeExternal(name, kubeconfig);
  return exclusively(lockOf(name), () => start(name, node, kwok, progress));
}

/** The name is checked here: what the lock is called depends on it. */
function lockOf(name: string): string {
  return `cluster-${basename(stateFolder(name))}`;
}

async function start(name: string, node: boolean, kwok: boolean, progress: Progress): Promise<Cluster> {
  const present = readState(name);
  if (present !== undefined && isAlive(present) && has(present, node, kwok)) return present;
  const missing = node ? missingForNode() : [];
  if (missing.length > 0) throw new Error(missing.join('; '));
  if (present !== undefined) await stop(name, false);
  const assets = await findAssets(node, progress);
  const pretended = kwok ? await buildKwok(progress) : undefined;
  // Logs of a start that failed, and an etcd that knows other certificates.
  rmSync(stateFolder(name), { recursive: true, force: true });
  const planned = await exclusively('addresses', async () => writeState(await plan(name, node, assets)));
  try {
    return await launch(planned, assets, pretended);
  } catch (error) {
    await stop(name, true);
    throw error;
  }
}

/**
 * Stops a cluster and removes all of it: processes, namespaces, interfaces, control groups, files. Only what its state
 * file names is touched, and it may be called again at any time, also after a crash in the middle of a start or a stop.
 * @returns false when there was no such cluster
 */
export function stopCluster(name = 'default'): Promise<boolean> {
  return exclusively(lockOf(name), () => stop(name, false));
}

/** @param keepLogs leaves the state folder, without cluster.json, for a look at what went wrong */
async function stop(name: string, keepLogs: boolean): Promise<boolean> {
  const state = readState(name);
  if (state === undefined) return false;
  // The node first: killing its PID 1 ends every container at once.
  for (const record of state.processes.filter((each) => each.name === 'node')) await stopNode(record);
  removeControlGroups(state.stateDir);
  // Nothing is worth a graceful end: what they know goes with them.
  for (const record of state.processes.toReversed()) await stopProcess(record, 0);
  if (state.network !== undefined) await deleteNetwork(state.network);
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  if (mounts.includes(` ${state.stateDir}/`)) throw new Error(`something is mounted below ${state.stateDir}`);
  if (keepLogs) rmSync(join(state.stateDir, 'cluster.json'));
  else rmSync(state.stateDir, { recursive: true, force: true });
  return true;
}

/** Loads an image archive into the node of a running cluster. */
export async function importIntoCluster(name: string, archive: string): Promise<string> {
  const node = readState(name)?.processes.find((record) => record.name === 'node' && isRunning(record));
  if (node === undefined) throw new Error(`cluster ${name} has no running node: start it with up --node`);
  return importImage(node, archive);
}

/** The kubectl that belongs to a cluster we run; undefined when its source has none. */
export function kubectlOf(name: string): string | undefined {
  const state = readState(name);
  return state === undefined ? undefined : executable({ source: state.source, folder: state.assets }, 'kubectl');
}
