import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Api, openApi } from './api.ts';
import { type Assets, executable } from './assets.ts';
import { type ProcessRecord, startProcess } from './process.ts';
import { waitFor } from './wait.ts';

export interface ControlPlaneOptions {
  readonly assets: Assets;
  readonly stateDir: string;
  readonly kubeconfig: string;
  /** Address and port the API server listens on. */
  readonly address: string;
  readonly port: number;
  readonly serviceCidr: string;
  /** Whether pods will run: then the `kubernetes` Service leads to the API server. */
  readonly node: boolean;
  /** Called after each start, so that a crash of the launcher loses no process. */
  readonly onStart: (record: ProcessRecord) => void;
}

/** Services can have an address of version 6 too. Nothing routes to these, so all clusters have the same. */
const serviceCidr6 = 'fd00:10:96::/112';

/** A TCP port nobody listens on right now. */
export function freePort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, address, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : 0));
    });
  });
}

/** Command line flags out of their names and values. */
export function flags(values: Readonly<Record<string, string | number | boolean | undefined>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
}

function etcdFlags(stateDir: string, url: string): string[] {
  return flags({
    'data-dir': join(stateDir, 'etcd'),
    'listen-client-urls': url,
    'advertise-client-urls': url,
    'listen-peer-urls': 'http://127.0.0.1:0',
    'unsafe-no-fsync': true,
    'log-level': 'warn',
  });
}

function apiserverFlags(options: ControlPlaneOptions, etcd: string, hasControllers: boolean): string[] {
  const pki = join(options.stateDir, 'pki');
  return flags({
    'etcd-servers': etcd,
    'bind-address': options.address,
    'secure-port': options.port,
    'tls-cert-file': join(pki, 'server.crt'),
    'tls-private-key-file': join(pki, 'server.key'),
    'cert-dir': join(options.stateDir, 'certs'),
    'client-ca-file': join(pki, 'ca.crt'),
    'authorization-mode': 'Node,RBAC',
    'service-cluster-ip-range': `${options.serviceCidr},${serviceCidr6}`,
    'allow-privileged': true,
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': join(pki, 'sa.pub'),
    'service-account-signing-key-file': join(pki, 'sa.key'),
    'kubelet-client-certificate': join(pki, 'admin.crt'),
    'kubelet-client-key': join(pki, 'admin.key'),
    // The node's name is in no DNS.
    'kubelet-preferred-address-types': 'InternalIP',
    // A loopback address may be no endpoint of the `kubernetes` Service.
    'advertise-address': options.node ? options.address : undefined,
    'endpoint-reconciler-type': options.node ? undefined : 'none',
    // Without the controller that makes the default account no pod would be admitted.
    'disable-admission-plugins': hasControllers ? undefined : 'ServiceAccount',
  });
}

function clientFlags(options: ControlPlaneOptions): string[] {
  const { kubeconfig } = options;
  return flags({
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'leader-elect': false,
    'secure-port': 0,
  });
}

function controllerFlags(options: ControlPlaneOptions): string[] {
  const pki = join(options.stateDir, 'pki');
  const own = flags({
    'root-ca-file': join(pki, 'ca.crt'),
    'service-account-private-key-file': join(pki, 'sa.key'),
    'use-service-account-credentials': false,
    // Addresses of pods are the CNI plugin's business here.
    controllers: '*,-node-ipam-controller,-node-route-controller',
  });
  return [...clientFlags(options), ...own];
}

/**
 * Starts etcd, the API server and, where the source has them, controllers and scheduler, and waits until pods can be made.
 * @throws Error that names the log to read when the API server does not become ready within 2 minutes
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<Api> {
  const { assets, stateDir, onStart } = options;
  const start = (name: string, args: readonly string[]): boolean => {
    const command = executable(assets, name);
    if (command !== undefined) onStart(startProcess(name, command, args, join(stateDir, `${name}.log`)));
    return command !== undefined;
  };
  const etcd = `http://127.0.0.1:${await freePort('127.0.0.1')}`;
  const hasControllers = executable(assets, 'kube-controller-manager') !== undefined;
  start('etcd', etcdFlags(stateDir, etcd));
  start('kube-apiserver', apiserverFlags(options, etcd, hasControllers));
  const api = openApi(options.kubeconfig);
  await waitFor(`API server ready (log: ${join(stateDir, 'kube-apiserver.log')})`, 120_000, async () =>
    (await api.call<string>('GET', '/readyz')) === 'ok' ? true : undefined,
  );
  start('kube-controller-manager', controllerFlags(options));
  start('kube-scheduler', clientFlags(options));
  if (hasControllers) {
    await waitFor(`controllers at work (log: ${join(stateDir, 'kube-controller-manager.log')})`, 120_000, () =>
      api.call('GET', '/api/v1/namespaces/default/serviceaccounts/default'),
    );
  }
  return api;
}
