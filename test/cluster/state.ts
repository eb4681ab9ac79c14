import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterNetwork } from './network.ts';
import { clustersFolder, stateFolder } from './paths.ts';
import type { ProcessRecord } from './process.ts';

/** A cluster as tests see it. */
export interface Cluster {
  readonly name: string;
  /** `kubeconfig`: somebody else runs it; the others were started from these executables. */
  readonly source: 'kubeconfig' | 'KUBEBUILDER_ASSETS' | 'go';
  readonly server: string;
  /** Kubeconfig of an administrator. */
  readonly kubeconfig: string;
  /** Where ClusterIPs are taken from, such as `10.96.0.0/16`. */
  readonly serviceCidr: string;
  /** Its addresses, when it has a node that runs containers. */
  readonly network?: ClusterNetwork;
  readonly nodeName?: string;
}

/** All there is to know of a cluster we run, in `cluster.json` from before its first process on: `down` needs nothing else. */
export interface ClusterState extends Cluster {
  readonly source: 'KUBEBUILDER_ASSETS' | 'go';
  readonly stateDir: string;
  readonly createdAt: string;
  /** Folder of the executables. */
  readonly assets: string;
  readonly phase: 'starting' | 'ready';
  readonly processes: readonly ProcessRecord[];
}

function file(name: string): string {
  return join(stateFolder(name), 'cluster.json');
}

/** Replaced whole, so that a reader never meets half a file. */
export function writeState(state: ClusterState): ClusterState {
  mkdirSync(state.stateDir, { recursive: true, mode: 0o700 });
  const target = file(state.name);
  writeFileSync(`${target}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${target}.new`, target);
  return state;
}

export function readState(name: string): ClusterState | undefined {
  return existsSync(file(name)) ? (JSON.parse(readFileSync(file(name), 'utf8')) as ClusterState) : undefined;
}

/** Every cluster of this user, also half-started and crashed ones, by name. */
export function listStates(): ClusterState[] {
  if (!existsSync(clustersFolder())) return [];
  const states = readdirSync(clustersFolder())
    .sort()
    .map((name) => readState(name));
  return states.filter((state) => state !== undefined);
}
