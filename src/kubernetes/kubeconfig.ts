import { readFileSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';

import type {
  Kubeconfig,
  KubeconfigCluster,
  KubeconfigContext,
  KubeconfigDocument,
  KubeconfigUser,
  Named,
} from './kubeconfig-types.ts';

export { inClusterTarget } from './in-cluster.ts';
export type { Kubeconfig, KubeconfigDocument, KubeconfigUser } from './kubeconfig-types.ts';
export { type Endpoint, type Target, type TargetTls, targetOf } from './target.ts';

/**
 * Reads and merges kubeconfig files as kubectl does: `paths` when given, else the KUBECONFIG list, else
 * ~/.kube/config. The first definition of a name wins, the first current-context wins, missing files of the
 * KUBECONFIG list are skipped, relative paths are relative to the file that names them.
 * Source: https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
export async function loadKubeconfig(options: {
  paths?: readonly string[];
  env?: NodeJS.ProcessEnv;
}): Promise<Kubeconfig> {
  const paths = options.paths ?? (await kubeconfigPaths(options.env ?? process.env));
  const found: Kubeconfig[] = [];
  for (const path of paths) {
    const text = readText(path, options.paths === undefined);
    if (text !== undefined) found.push(await parseKubeconfig(text, dirname(resolve(path)), path));
  }
  if (found.length === 0) throw new Error(`no kubeconfig found: looked at ${paths.join(', ')}`);
  return mergeKubeconfigs(found);
}

/** The files a kubeconfig is merged from, whether they are there or not. */
export async function kubeconfigPaths(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  return listed.length > 0 ? [...new Set(listed)] : [join(await homeOf(env), '.kube', 'config')];
}

async function homeOf(env: NodeJS.ProcessEnv): Promise<string> {
  return env.HOME ?? (await import('node:os')).homedir();
}

/** Merges already read kubeconfigs, the first definition of a name winning whole: entries are not mixed. */
export function mergeKubeconfigs(kubeconfigs: readonly Kubeconfig[]): Kubeconfig {
  const currentContext = kubeconfigs.find((one) => one.currentContext !== undefined)?.currentContext;
  return {
    ...(currentContext === undefined ? {} : { currentContext }),
    contexts: firstWins(kubeconfigs.map((one) => one.contexts)),
    clusters: firstWins(kubeconfigs.map((one) => one.clusters)),
    users: firstWins(kubeconfigs.map((one) => one.users)),
  };
}

/**
 * Takes one kubeconfig given as text (JSON or YAML) or as an object. A YAML parser is loaded for YAML text only.
 * @param folder what relative file paths in it are relative to
 * @param origin how errors name it
 */
export async function parseKubeconfig(
  document: string | KubeconfigDocument,
  folder: string = process.cwd(),
  origin = 'the inline kubeconfig',
): Promise<Kubeconfig> {
  const parsed = typeof document === 'string' ? await parseText(document, origin) : document;
  if (parsed === null || parsed === undefined) return mergeKubeconfigs([]);
  if (typeof parsed !== 'object' || Array.isArray(parsed)) throw new Error(`${origin}: expected a kubeconfig`);
  return kubeconfigOf(parsed as KubeconfigDocument, folder, origin);
}

function kubeconfigOf(document: KubeconfigDocument, folder: string, origin: string): Kubeconfig {
  const clusterFiles = ['certificate-authority'];
  const userFiles = ['client-certificate', 'client-key', 'tokenFile'];
  const current = document['current-context'];
  return {
    ...(typeof current === 'string' && current !== '' ? { currentContext: current } : {}),
    contexts: named<KubeconfigContext>(document.contexts, 'context', origin, (entry) => entry),
    clusters: named<KubeconfigCluster>(document.clusters, 'cluster', origin, (one) =>
      withAbsolutePaths(one, clusterFiles, folder),
    ),
    users: named<KubeconfigUser>(document.users, 'user', origin, (one) => {
      const user = withAbsolutePaths(one, userFiles, folder);
      const command = user.exec?.command;
      // A command with a slash is a path; a bare one is looked up in PATH.
      if (command === undefined || !command.includes('/') || isAbsolute(command)) return user;
      return { ...user, exec: { ...user.exec, command: join(folder, command) } };
    }),
  };
}

function named<T>(
  entries: readonly Named[] | null | undefined,
  kind: string,
  origin: string,
  make: (entry: T) => T,
): Map<string, T> {
  const result = new Map<string, T>();
  if (entries === undefined || entries === null) return result;
  if (!Array.isArray(entries)) throw new Error(`${origin}: ${kind}s: expected a list`);
  for (const [index, entry] of entries.entries()) {
    if (typeof entry?.name !== 'string') throw new Error(`${origin}: ${kind}s[${index}].name: required`);
    if (result.has(entry.name)) throw new Error(`${origin}: ${kind}s[${index}].name: ${entry.name} is there twice`);
    const value = entry[kind] ?? {};
    if (typeof value !== 'object') throw new Error(`${origin}: ${kind}s[${index}].${kind}: expected an object`);
    result.set(entry.name, make(value as T));
  }
  return result;
}

function withAbsolutePaths<T extends Readonly<Record<string, unknown>>>(
  entry: T,
  keys: readonly string[],
  folder: string,
): T {
  const changed: Record<string, unknown> = { ...entry };
  for (const key of keys) {
    const path = entry[key];
    if (typeof path === 'string' && path !== '' && !isAbsolute(path)) changed[key] = join(folder, path);
  }
  return changed as T;
}

function firstWins<T>(maps: readonly ReadonlyMap<string, T>[]): ReadonlyMap<string, T> {
  const result = new Map<string, T>();
  for (const map of maps) for (const [name, value] of map) if (!result.has(name)) result.set(name, value);
  return result;
}

function readText(path: string, mayBeMissing: boolean): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (mayBeMissing && code === 'ENOENT') return undefined;
    throw new Error(`kubeconfig ${path} could not be read: ${code ?? 'unknown error'}`);
  }
}

async function parseText(text: string, origin: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return await parseYaml(text, origin);
  }
}

async function parseYaml(text: string, origin: string): Promise<unknown> {
  const { loadAll } = await import('js-yaml');
  try {
    // `load` refuses a text without a document, which kubectl takes for an empty kubeconfig.
    return loadAll(text)[0];
  } catch (error) {
    // The parser's message quotes the text, which may be a token.
    const line = (error as { mark?: { line?: number } }).mark?.line;
    throw new Error(`${origin} is not valid YAML${line === undefined ? '' : ` near line ${line + 1}`}`);
  }
}
