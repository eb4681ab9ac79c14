import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterNetwork } from './network.ts';
import { clustersFolder, stateFolder } from './paths.ts';
import type { ProcessRecord } from './process.ts';

/** All there is to know of a cluster, kept in `cluster.json` from before its first process on: `down` needs nothing else. */
export interface ClusterState {
  readonly name: string;
  readonly source: 'KUBEBUILDER_ASSETS' | 'go';
  readonly stateDir: string;
  readonly createdAt: string;
  readonly server: string;
  /** Kubeconfig of an administrator. */
  readonly kubeconfig: string;
  readonly assets: string;
  readonly serviceCidr: string;
  readonly phase: 'starting' | 'ready';
  /** There is one when the cluster has a node. */
  readonly network?: ClusterNetwork;
  readonly nodeName?: string;
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
