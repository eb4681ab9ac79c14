import { readFileSync } from 'node:fs';
import type { CredentialSource } from './credentials.ts';
import { CredentialError } from './errors.ts';
import { pluginOf } from './exec-config.ts';
import type { Kubeconfig, KubeconfigCluster, KubeconfigUser } from './kubeconfig-types.ts';

/** Where and as whom to talk to one server. */
export interface Endpoint {
  /** Base URL, e.g. `https://10.0.0.1:6443`, possibly with a path; no trailing slash. */
  readonly server: string;
  readonly tls: TargetTls;
  readonly credentials: CredentialSource;
  /** Impersonate-* headers of a user with `as`. */
  readonly impersonation?: Readonly<Record<string, string | readonly string[]>>;
  /** `proxy-url` of the cluster; wins over the environment's proxies. */
  readonly proxyUrl?: string;
}

/** The API server of a context. */
export interface Target extends Endpoint {
  readonly context: string;
  readonly namespace: string;
}

export interface TargetTls {
  /** PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
  readonly insecureSkipVerify?: boolean;
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
  const user: KubeconfigUser | undefined = found.user ? kubeconfig.users.get(found.user) : {};
  if (user === undefined) {
    throw new Error(
      `context ${name} names user ${found.user}, which is not in the kubeconfig; known users: ${known(kubeconfig.users)}`,
    );
  }
  const server = serverOf(cluster.server, found.cluster ?? '');
  const proxyUrl = cluster['proxy-url'];
  const tls = tlsOf(cluster, user, name);
  return {
    context: name,
    server,
    namespace: found.namespace !== undefined && found.namespace !== '' ? found.namespace : 'default',
    tls,
    credentials: credentialsOf(user, cluster, tls.ca, name),
    ...impersonationOf(user),
    ...(proxyUrl === undefined || proxyUrl === '' ? {} : { proxyUrl }),
  };
}

/** Left out, these would let an operator act with more rights than the kubeconfig asks for. */
function impersonationOf(user: KubeconfigUser): Pick<Target, 'impersonation'> {
  if (user.as === undefined || user.as === '') return {};
  const extra = Object.entries(user['as-user-extra'] ?? {});
  const uid = user['as-uid'];
  return {
    impersonation: {
      'Impersonate-User': user.as,
      ...(uid === undefined || uid === '' ? {} : { 'Impersonate-Uid': uid }),
      ...((user['as-groups'] ?? []).length === 0 ? {} : { 'Impersonate-Group': user['as-groups'] ?? [] }),
      ...Object.fromEntries(extra.map(([key, values]) => [`Impersonate-Extra-${encodeURIComponent(key)}`, values])),
    },
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
    throw new CredentialError(`context ${context}: ${what} ${file} could not be read: ${code}`);
  }
}

function credentialsOf(
  user: KubeconfigUser,
  cluster: KubeconfigCluster,
  ca: string | undefined,
  context: string,
): CredentialSource {
  // client-go's order: a token file wins over a token, both over basic auth and plugins.
  if (user.tokenFile !== undefined && user.tokenFile !== '') return { kind: 'tokenFile', path: user.tokenFile };
  if (user.token !== undefined && user.token !== '') return { kind: 'token', token: user.token };
  if (user.username !== undefined && user.username !== '') {
    return { kind: 'basic', username: user.username, password: user.password ?? '' };
  }
  if (user.exec) {
    return { kind: 'exec', plugin: pluginOf(user.exec, cluster, ca, context) };
  }
  const provider = user['auth-provider']?.name;
  if (provider !== undefined) {
    throw new Error(
      `context ${context}: auth-provider ${provider} was removed from Kubernetes 1.26; use an exec plugin`,
    );
  }
  return { kind: 'none' };
}

function known(map: ReadonlyMap<string, unknown>): string {
  return map.size === 0 ? 'none' : [...map.keys()].join(', ');
}
