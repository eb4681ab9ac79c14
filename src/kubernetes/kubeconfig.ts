import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import type { CredentialSource } from './credentials.ts';
import type { ExecPlugin } from './exec-plugin.ts';

/** Where and as whom to talk to one API server. */
export interface Target {
  readonly context: string;
  /** Base URL, e.g. `https://10.0.0.1:6443`, possibly with a path; no trailing slash. */
  readonly server: string;
  readonly namespace: string;
  readonly tls: TargetTls;
  readonly credentials: CredentialSource;
  /** `proxy-url` of the cluster; wins over the environment's proxies. */
  readonly proxyUrl?: string;
}

export interface TargetTls {
  /** PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
  readonly insecureSkipVerify?: boolean;
}

/** A merged kubeconfig. Paths in it are absolute. */
export interface Kubeconfig {
  readonly currentContext?: string;
  readonly contexts: ReadonlyMap<string, KubeconfigContext>;
  readonly clusters: ReadonlyMap<string, KubeconfigCluster>;
  readonly users: ReadonlyMap<string, KubeconfigUser>;
}

export interface KubeconfigContext {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

export interface KubeconfigCluster {
  readonly server?: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'tls-server-name'?: string;
  readonly 'proxy-url'?: string;
  readonly [key: string]: unknown;
}

export interface KubeconfigUser {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly exec?: KubeconfigExec;
  readonly 'auth-provider'?: { readonly name?: string };
  readonly [key: string]: unknown;
}

export interface KubeconfigExec {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
}

interface Named {
  readonly name?: string;
  readonly [key: string]: unknown;
}

/** A kubeconfig document as it is written. */
export interface KubeconfigDocument {
  readonly 'current-context'?: string;
  readonly contexts?: readonly Named[] | null;
  readonly clusters?: readonly Named[] | null;
  readonly users?: readonly Named[] | null;
  readonly [key: string]: unknown;
}

/**
 * Reads and merges kubeconfig files as kubectl does: `paths` when given, else the KUBECONFIG list, else
 * ~/.kube/config. The first definition of a name wins, the first current-context wins, missing files of the
 * KUBECONFIG list are skipped, relative paths are relative to the file that names them.
 * Source: https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
export function loadKubeconfig(options: { paths?: readonly string[]; env?: NodeJS.ProcessEnv }): Kubeconfig {
  const env = options.env ?? process.env;
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  const fallback = [join(env.HOME ?? homedir(), '.kube', 'config')];
  const paths = options.paths ?? (listed.length > 0 ? [...new Set(listed)] : fallback);
  const found: Kubeconfig[] = [];
  for (const path of paths) {
    const text = readText(path, options.paths === undefined);
    if (text !== undefined) found.push(kubeconfigOf(parseDocument(text, path), dirname(resolve(path)), path));
  }
  if (found.length === 0) throw new Error(`no kubeconfig found: looked at ${paths.join(', ')}`);
  return mergeKubeconfigs(found);
}

/** Merges already read kubeconfigs, the first definition of a name winning. */
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
 * Takes one kubeconfig given as text (JSON or YAML) or as an object.
 * @param folder what relative file paths in it are relative to
 * @param origin how errors name it
 */
export function parseKubeconfig(
  document: string | KubeconfigDocument,
  folder: string = process.cwd(),
  origin = 'the inline kubeconfig',
): Kubeconfig {
  return kubeconfigOf(typeof document === 'string' ? parseDocument(document, origin) : document, folder, origin);
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
    if (!result.has(entry.name)) result.set(entry.name, make((entry[kind] ?? {}) as T));
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

function parseDocument(text: string, origin: string): KubeconfigDocument {
  const document = text.trimStart().startsWith('{') ? parseJson(text, origin) : parseYaml(text, origin);
  if (document === null || document === undefined) return {};
  if (typeof document !== 'object' || Array.isArray(document)) throw new Error(`${origin}: expected a kubeconfig`);
  return document as KubeconfigDocument;
}

function parseJson(text: string, origin: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Flow-style YAML also starts with a brace.
    return parseYaml(text, origin);
  }
}

function parseYaml(text: string, origin: string): unknown {
  // Loaded only here: a CPI call carries its kubeconfig as JSON and must not pay for a YAML parser.
  const yaml = createRequire(import.meta.url)('js-yaml') as { load(text: string): unknown };
  try {
    return yaml.load(text);
  } catch (error) {
    // The parser's message quotes the text, which may be a token.
    const { mark } = error as { mark?: { line?: number } };
    throw new Error(`${origin} is not valid YAML${mark?.line === undefined ? '' : ` near line ${mark.line + 1}`}`);
  }
}

/**
 * Resolves a context to a server and credentials, reading the certificate files it names.
 * @param context the current context when omitted
 */
export function targetOf(kubeconfig: Kubeconfig, context?: string): Target {
  const name = context ?? kubeconfig.currentContext;
  if (name === undefined) {
    throw new Error(
      `the kubeconfig has no current-context and none was given; known contexts: ${known(kubeconfig.contexts)}`,
    );
  }
  const found = kubeconfig.contexts.get(name);
  if (found === undefined)
    throw new Error(`context ${name} is not in the kubeconfig; known contexts: ${known(kubeconfig.contexts)}`);
  const cluster = kubeconfig.clusters.get(found.cluster ?? '');
  if (cluster === undefined) {
    throw new Error(
      `context ${name} names cluster ${found.cluster ?? '""'}, which is not in the kubeconfig; known clusters: ${known(kubeconfig.clusters)}`,
    );
  }
  const user = found.user === undefined || found.user === '' ? {} : kubeconfig.users.get(found.user);
  if (user === undefined) {
    throw new Error(
      `context ${name} names user ${found.user}, which is not in the kubeconfig; known users: ${known(kubeconfig.users)}`,
    );
  }
  const server = serverOf(cluster.server, found.cluster ?? '');
  const proxyUrl = cluster['proxy-url'];
  return {
    context: name,
    server,
    namespace: found.namespace !== undefined && found.namespace !== '' ? found.namespace : 'default',
    tls: tlsOf(cluster, user, name),
    credentials: credentialsOf(user, cluster, name),
    ...(proxyUrl === undefined || proxyUrl === '' ? {} : { proxyUrl }),
  };
}

function serverOf(server: string | undefined, cluster: string): string {
  if (server === undefined || server === '') throw new Error(`cluster ${cluster}: server: required`);
  const url = server.includes('://') ? server : `https://${server}`;
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new Error(`cluster ${cluster}: server: not an http(s) URL: ${server}`);
  return url.replace(/\/+$/, '');
}

function tlsOf(cluster: KubeconfigCluster, user: KubeconfigUser, context: string): TargetTls {
  const ca = pem(
    cluster['certificate-authority-data'],
    cluster['certificate-authority'],
    context,
    'certificate-authority',
  );
  const cert = pem(user['client-certificate-data'], user['client-certificate'], context, 'client-certificate');
  const key = pem(user['client-key-data'], user['client-key'], context, 'client-key');
  const serverName = cluster['tls-server-name'];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined || serverName === '' ? {} : { serverName }),
    ...(cluster['insecure-skip-tls-verify'] === true ? { insecureSkipVerify: true } : {}),
  };
}

function pem(data: string | undefined, file: string | undefined, context: string, what: string): string | undefined {
  if (data !== undefined && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  if (file === undefined || file === '') return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new Error(`context ${context}: ${what} ${file} could not be read: ${code}`);
  }
}

function credentialsOf(user: KubeconfigUser, cluster: KubeconfigCluster, context: string): CredentialSource {
  // client-go's order: a token file wins over a token, both over basic auth and plugins.
  if (user.tokenFile !== undefined && user.tokenFile !== '') return { kind: 'tokenFile', path: user.tokenFile };
  if (user.token !== undefined && user.token !== '') return { kind: 'token', token: user.token };
  if (user.username !== undefined && user.username !== '') {
    return { kind: 'basic', username: user.username, password: user.password ?? '' };
  }
  if (user.exec !== undefined && user.exec !== null) {
    return { kind: 'exec', plugin: pluginOf(user.exec, cluster, context) };
  }
  const provider = user['auth-provider']?.name;
  if (provider !== undefined) {
    throw new Error(
      `context ${context}: auth-provider ${provider} was removed from Kubernetes 1.26; use an exec plugin`,
    );
  }
  return { kind: 'none' };
}

function pluginOf(exec: KubeconfigExec, cluster: KubeconfigCluster, context: string): ExecPlugin {
  const { apiVersion = '', command = '', installHint } = exec;
  if (command === '') throw new Error(`context ${context}: exec.command: required`);
  if (!/^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(apiVersion)) {
    throw new Error(
      `context ${context}: exec.apiVersion: ${apiVersion || 'missing'}; use client.authentication.k8s.io/v1`,
    );
  }
  return {
    apiVersion,
    command,
    args: exec.args ?? [],
    env: Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value])),
    ...(installHint === undefined || installHint === '' ? {} : { installHint }),
    ...(exec.provideClusterInfo === true ? { cluster } : {}),
  };
}

function known(map: ReadonlyMap<string, unknown>): string {
  return map.size === 0 ? 'none' : [...map.keys()].join(', ');
}

/**
 * The service account of a pod. The address is explicit since the Director wipes the environment of the CPI.
 * @param options.port 443 when omitted
 * @param options.namespace the service account's own when omitted
 */
export function inClusterTarget(options: {
  host: string;
  port?: number;
  tokenFile?: string;
  caFile?: string;
  namespace?: string;
}): Target {
  const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
  const caFile = options.caFile ?? `${folder}/ca.crt`;
  const host = options.host.includes(':') && !options.host.startsWith('[') ? `[${options.host}]` : options.host;
  return {
    context: 'in-cluster',
    server: `https://${host}:${options.port ?? 443}`,
    namespace: options.namespace ?? readFileSync(`${folder}/namespace`, 'utf8').trim(),
    tls: { ca: readFileSync(caFile, 'utf8') },
    credentials: { kind: 'tokenFile', path: options.tokenFile ?? `${folder}/token` },
  };
}
