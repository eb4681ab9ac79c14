import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadAll } from 'js-yaml';
import { root } from '../../scripts/root.ts';
import { type Cluster, connect } from '../../src/kubernetes/cluster.ts';
import { isAlreadyExists, isNotFound } from '../../src/kubernetes/errors.ts';
import { loadKubeconfig, parseKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';
import { serviceAccountUser, type User } from '../../src/sandbox/api/auth.ts';
import { startKubelet } from '../../src/sandbox/controllers/kubelet/kubelet.ts';
import { DRIVER } from '../../src/sandbox/controllers/storage/provisioner.ts';
import { startStorage } from '../../src/sandbox/controllers/storage/storage.ts';
import { kubeconfigOf, startSandbox } from '../../src/sandbox/sandbox.ts';
import type { Upstream } from './proxy.ts';

/** A Kubernetes to crash CPI processes on: the embedded one, or a real API server with doubles of kubelet and storage. */
export interface Backend {
  readonly kind: 'sandbox' | 'cluster';
  readonly upstream: Upstream;
  /** As administrator, past every proxy. */
  readonly admin: Cluster;
  readonly classes: { readonly waits: string; readonly immediate: string; readonly attributes: string };
  /** Label of our own node: other nodes of the cluster run other tests' machines. */
  readonly nodeLabels: Readonly<Record<string, string>>;
  /** Token of the CPI's ServiceAccount in a namespace. */
  token(namespace: string): Promise<string>;
  /** Puts a file into a running machine, as its agent would. */
  plant(namespace: string, pod: string, path: string, content: string): void;
  read(namespace: string, pod: string, path: string): string | undefined;
  stop(): Promise<void>;
}

/** Distinct among the test runs that may share a cluster. */
export const runId = `crash-${process.pid}`;

/** Kubelet double: pods move on within milliseconds, or the matrix would take an hour. */
const quick = { startMs: 2, stopMs: 2, retryMs: 20 };

/** The real API server of TEST_KUBECONFIG where one is given and wanted, else the embedded one. */
export async function startBackend(kind: Backend['kind']): Promise<Backend> {
  const backend = await (kind === 'sandbox' ? startEmbedded() : startReal(process.env.TEST_KUBECONFIG ?? ''));
  await post(backend.admin, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: runId },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: runId },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:serviceaccounts' }],
  });
  const clusterRole = rbac('any').find(({ kind: each }) => each === 'ClusterRole');
  await post(backend.admin, '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    ...clusterRole,
    metadata: { name: runId },
  });
  return backend;
}

async function startEmbedded(): Promise<Backend> {
  const tokens: Record<string, User> = { admin: { name: 'admin', groups: ['system:masters', 'system:authenticated'] } };
  for (let world = 1; world < 5000; world++) {
    const namespace = `${runId}-${world}`;
    tokens[`token-of-${namespace}`] = serviceAccountUser(namespace, 'kubernetes-cpi');
  }
  const nodeLabels = { 'kubernetes-cpi.test/node': runId };
  const sandbox = await startSandbox({
    tokens,
    nodes: [{ labels: nodeLabels, capacity: plenty, ...quick }],
    storage: { uploadMs: 0 },
  });
  return {
    kind: 'sandbox',
    upstream: { server: sandbox.url },
    admin: connect(targetOf(await parseKubeconfig(kubeconfigOf(sandbox.url, 'admin', 'default', 'admin')))),
    classes: { waits: 'standard', immediate: 'immediate', attributes: 'gold' },
    nodeLabels,
    token: async (namespace) => `token-of-${namespace}`,
    plant: (namespace, pod, path, content) => sandbox.plant(pod, path, content, namespace),
    read: (namespace, pod, path) => sandbox.read(pod, path, namespace),
    stop: () => sandbox.stop(),
  };
}

const plenty = { cpu: '6400', memory: '25600Gi', 'ephemeral-storage': '100Ti', pods: '5000' };

async function startReal(kubeconfig: string): Promise<Backend> {
  const target = targetOf(await loadKubeconfig({ paths: [kubeconfig] }));
  const admin = connect(target);
  await installSnapshots(admin);
  const nodeLabels = { 'kubernetes-cpi.test/node': runId };
  const classes = { waits: `${runId}-waits`, immediate: `${runId}-immediate`, attributes: `${runId}-gold` };
  const storageClasses = '/apis/storage.k8s.io/v1/storageclasses';
  const made = [
    [storageClasses, classes.waits, { volumeBindingMode: 'WaitForFirstConsumer' }],
    [storageClasses, classes.immediate, { volumeBindingMode: 'Immediate' }],
  ] as const;
  for (const [path, name, fields] of made) {
    await post(admin, path, { metadata: { name }, provisioner: DRIVER, allowVolumeExpansion: true, ...fields });
  }
  const attributes = '/apis/storage.k8s.io/v1/volumeattributesclasses';
  await post(admin, attributes, {
    metadata: { name: classes.attributes },
    driverName: DRIVER,
    parameters: { iops: '5000' },
  });
  const snapshotClasses = '/apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses';
  await post(admin, snapshotClasses, {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshotClass',
    metadata: { name: runId, annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' } },
    driver: DRIVER,
    deletionPolicy: 'Delete',
  });
  const kubelet = await startKubelet(admin, {
    name: runId,
    labels: nodeLabels,
    capacity: plenty,
    podNetwork: '10.99',
    ...quick,
  });
  const stopStorage = await startStorage(admin, { bind: false, uploadMs: 0 });
  return {
    kind: 'cluster',
    upstream: {
      server: target.server,
      ...(target.tls.ca !== undefined && { authority: String(target.tls.ca) }),
    },
    admin,
    classes,
    nodeLabels,
    async token(namespace) {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/kubernetes-cpi/token`;
      const body = { spec: { expirationSeconds: 7200 } };
      return (await admin.json<{ status: { token: string } }>({ method: 'POST', path, body })).status.token;
    },
    plant: (namespace, pod, path, content) => kubelet.plant(namespace, pod, path, content),
    read: (namespace, pod, path) => kubelet.read(namespace, pod, path),
    async stop() {
      const left = [
        ...[classes.waits, classes.immediate].map((name) => `${storageClasses}/${name}`),
        `${attributes}/${classes.attributes}`,
        `${snapshotClasses}/${runId}`,
        `/apis/rbac.authorization.k8s.io/v1/clusterroles/${runId}`,
        `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${runId}`,
      ];
      for (const path of left) await admin.json({ method: 'DELETE', path }).catch(() => undefined);
      stopStorage();
      await kubelet.stop();
      admin.close();
    },
  };
}

/** Makes an object unless it is there. */
export async function post(admin: Cluster, path: string, body: object): Promise<void> {
  try {
    await admin.json({ method: 'POST', path, body });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** The objects of manifests/rbac.yml for a namespace. */
export function rbac(namespace: string): Manifest[] {
  const text = readFileSync(join(root, 'manifests/rbac.yml'), 'utf8');
  return loadAll(text.replaceAll(/namespace: bosh$/gm, `namespace: ${namespace}`)) as Manifest[];
}

async function installSnapshots(admin: Cluster): Promise<void> {
  const folder = join(root, 'test/fixtures/snapshot-crds');
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
    for (const definition of loadAll(readFileSync(join(folder, file), 'utf8')) as (object | null)[]) {
      if (definition !== null) {
        await post(admin, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
      }
    }
  }
  const kinds = ['volumesnapshots', 'volumesnapshotcontents', 'volumesnapshotclasses'];
  for (const kind of kinds) {
    for (;;) {
      try {
        await admin.json({ method: 'GET', path: `/apis/snapshot.storage.k8s.io/v1/${kind}`, query: { limit: 1 } });
        break;
      } catch (error) {
        if (!isNotFound(error)) throw error;
        await sleep(50);
      }
    }
  }
}
