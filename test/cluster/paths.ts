import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder that keeps built binaries and the state of running clusters: outside the work tree, shared by all clones. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubernetes-cpi');
}

/** The folder under which every cluster has one of its own. */
export function clustersFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), 'clusters');
}

/**
 * The state folder of a cluster.
 * @param name of the cluster; it also names a network namespace and a control group, hence the narrow alphabet
 * @throws when the name is no short DNS label
 */
export function stateFolder(name: string, env: NodeJS.ProcessEnv = process.env): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,28}[a-z0-9])?$/.test(name)) {
    throw new Error(
      `cluster name ${JSON.stringify(name)}: 1 to 30 of a-z, 0-9 and -, beginning and ending with a letter or digit`,
    );
  }
  return join(clustersFolder(env), name);
}
