import type { ExecPlugin } from './exec-plugin.ts';
import type { KubeconfigCluster, KubeconfigExec } from './kubeconfig-types.ts';

/**
 * Makes a plugin of a user's `exec` entry.
 * @param ca PEM of the cluster's authority
 */
export function pluginOf(
  exec: KubeconfigExec,
  cluster: KubeconfigCluster,
  ca: string | undefined,
  context: string,
): ExecPlugin {
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
    ...(exec.provideClusterInfo === true ? { cluster: clusterInfo(cluster, ca) } : {}),
  };
}

const passedOn = ['server', 'tls-server-name', 'insecure-skip-tls-verify', 'proxy-url', 'disable-compression'];

/**
 * What a plugin is told of the cluster: the authority always as data, a plugin need not see our files; `config` is the
 * cluster's extension for plugins.
 * Source: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/#client-authentication-k8s-io-v1-Cluster
 */
function clusterInfo(cluster: KubeconfigCluster, ca: string | undefined): Readonly<Record<string, unknown>> {
  const config = cluster.extensions?.find(({ name }) => name === 'client.authentication.k8s.io/exec')?.extension;
  return {
    ...Object.fromEntries(passedOn.filter((key) => cluster[key] !== undefined).map((key) => [key, cluster[key]])),
    ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    ...(config === undefined ? {} : { config }),
  };
}
