import { randomBytes, randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadAll } from 'js-yaml';
import { root } from '../../scripts/root.ts';
import { type Cluster, connect } from '../../src/kubernetes/cluster.ts';
import { isNotFound } from '../../src/kubernetes/errors.ts';
import { loadKubeconfig, parseKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';
import type { ApiObject } from '../../src/sandbox/api/object.ts';
import { startKubelet } from '../../src/sandbox/controllers/kubelet/kubelet.ts';
import { DRIVER } from '../../src/sandbox/controllers/storage/provisioner.ts';
import { startStorage } from '../../src/sandbox/controllers/storage/storage.ts';
import { kubeconfigOf, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts';
import { createObject } from './objects.ts';

/** A Kubernetes to call the CPI on: an API server, a node and a storage that play what containers and disks would do. */
export interface Backend {
  readonly server: string;
  /** PEM of the API server's authority; none where it speaks plain HTTP. */
  readonly authority: string | undefined;
  readonly admin: Cluster;
  /** Names of classes: cluster-wide, so of this backend alone. */
  readonly classes: {
    /** Binds with the first pod. */
    readonly waits: string;
    readonly immediate: string;
    /** Binds at once, does not grow. */
    readonly fixed: string;
    /** Cannot make volumes. */
    readonly broken: string;
    /** VolumeAttributesClasses: one that works, one that the storage calls infeasible. */
    readonly gold: string;
    readonly infeasible: string;
  };
  readonly priorityClass: string;
  /** Label of our own node: a shared cluster may have other nodes. */
  readonly nodeLabels: Readonly<Record<string, string>>;
  /** Puts a file into a running machine, as its agent would. */
  plant(namespace: string, pod: string, path: string, content: string): void;
  read(namespace: string, pod: string, path: string): string | undefined;
  /** Has a process of a machine use one of its disks, until the function that it returns is called. */
  hold(namespace: string, vm: string, claim: string, who: string): () => void;
  stop(): Promise<void>;
}

export interface Platform {
  readonly name: 'sandbox' | 'kubernetes';
  start(options?: SandboxOptions): Promise<Backend>;
}

const kubeconfig = process.env.TEST_KUBECONFIG;

/** Where calls are tested: the embedded API, and a real API server where the run has one. */
export const platforms: readonly Platform[] = [
  { name: 'sandbox', start: startEmbedded },
  ...(kubeconfig === undefined ? [] : [{ name: 'kubernetes' as const, start: () => startReal(kubeconfig) }]),
];

/** The nearest there is to what machines will run on. */
export const truest: Platform = platforms.at(-1) as Platform;

const capacity = { cpu: '6400', memory: '25600Gi', 'ephemeral-storage': '100Ti', pods: '5000' };
/** Machines start and stop in milliseconds: what is tested is the CPI's part. */
const quick = { startMs: () => 2, stopMs: 2, retryMs: 20, exec: mute };

/** In machines of an image called `...mute...` the agent never comes up. */
function mute(pod: ApiObject, _container: string, command: readonly string[]) {
  const isMute = JSON.stringify(pod.spec).includes('/mute');
  return isMute && command.includes('/bosh-cpi/agent-up') ? { stdout: '', stderr: '', exitCode: 1 } : undefined;
}
const zone = { 'topology.kubernetes.io/zone': 'zone-one', 'topology.kubernetes.io/region': 'region-one' };

async function startEmbedded(options: SandboxOptions = {}): Promise<Backend> {
  const id = newId();
  const nodeLabels = { 'kubernetes-cpi.test/node': id };
  const sandbox = await startSandbox({
    tokens: { admin: { name: 'admin', groups: ['system:masters', 'system:authenticated'] } },
    nodes: [{ name: id, labels: { ...nodeLabels, ...zone }, capacity, ...quick }],
    storage: { uploadMs: 50 },
    ...options,
  });
  const admin = connect(
    targetOf(await parseKubeconfig(kubeconfigOf(sandbox.url, 'admin', 'default', 'admin', sandbox.api.authority))),
  );
  const snapshots = !(options.withoutGroups ?? []).includes('snapshot.storage.k8s.io');
  const classes = await makeClasses(admin, id, snapshots);
  return {
    server: sandbox.url,
    authority: sandbox.api.authority,
    admin,
    ...classes,
    nodeLabels,
    plant: (namespace, pod, path, content) => sandbox.plant(pod, path, content, namespace),
    read: (namespace, pod, path) => sandbox.read(pod, path, namespace),
    hold: (...held) => sandbox.nodes[0]?.hold(...held) ?? (() => undefined),
    async stop() {
      admin.close();
      await sandbox.stop();
    },
  };
}

async function startReal(path: string): Promise<Backend> {
  const id = newId();
  const target = targetOf(await loadKubeconfig({ paths: [path] }));
  const admin = connect(target);
  await installSnapshots(admin);
  const { remove, ...classes } = await makeClasses(admin, id, true);
  const nodeLabels = { 'kubernetes-cpi.test/node': id };
  const podNetwork = `10.${randomInt(130, 250)}`;
  const kubelet = await startKubelet(admin, {
    name: id,
    labels: { ...nodeLabels, ...zone },
    capacity,
    podNetwork,
    ...quick,
  });
  const stopStorage = await startStorage(admin, { bind: false, uploadMs: 50 });
  return {
    server: target.server,
    authority: target.tls.ca,
    admin,
    ...classes,
    nodeLabels,
    plant: (namespace, pod, file, content) => kubelet.plant(namespace, pod, file, content),
    read: (namespace, pod, file) => kubelet.read(namespace, pod, file),
    hold: kubelet.hold,
    async stop() {
      await remove();
      stopStorage();
      await kubelet.stop();
      admin.close();
    },
  };
}

function newId(): string {
  return `contract-${randomBytes(4).toString('hex')}`;
}

/** Cluster-wide objects of this run's own, so that runs on one cluster do not meet. */
async function makeClasses(admin: Cluster, id: string, snapshots: boolean) {
  const made: string[] = [];
  const make = async (path: string, name: string, fields: object, metadata: object = {}) => {
    await createObject(admin, path, { metadata: { name: `${id}-${name}`, ...metadata }, ...fields });
    made.push(`${path}/${id}-${name}`);
    return `${id}-${name}`;
  };
  const storageClass = (name: string, fields: object) =>
    make('/apis/storage.k8s.io/v1/storageclasses', name, { provisioner: DRIVER, ...fields });
  const attributesClass = (name: string, parameters: object) =>
    make('/apis/storage.k8s.io/v1/volumeattributesclasses', name, { driverName: DRIVER, parameters });
  const classes = {
    waits: await storageClass('waits', { volumeBindingMode: 'WaitForFirstConsumer', allowVolumeExpansion: true }),
    immediate: await storageClass('immediate', { volumeBindingMode: 'Immediate', allowVolumeExpansion: true }),
    fixed: await storageClass('fixed', { volumeBindingMode: 'Immediate', allowVolumeExpansion: false }),
    broken: await storageClass('broken', { volumeBindingMode: 'Immediate', parameters: { fail: 'the pool is empty' } }),
    gold: await attributesClass('gold', { iops: '5000' }),
    infeasible: await attributesClass('infeasible', { infeasible: 'no such speed' }),
  };
  if (snapshots) {
    const annotations = { 'snapshot.storage.kubernetes.io/is-default-class': 'true' };
    const fields = { apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshotClass', driver: DRIVER };
    const path = '/apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses';
    await make(path, 'snapshots', { ...fields, deletionPolicy: 'Delete' }, { annotations });
  }
  const priorityClass = await make('/apis/scheduling.k8s.io/v1/priorityclasses', 'urgent', { value: 1000 });
  const remove = async () => {
    for (const path of made) await admin.json({ method: 'DELETE', path }).catch(() => undefined);
  };
  return { classes, priorityClass, remove };
}

async function installSnapshots(admin: Cluster): Promise<void> {
  const folder = join(root, 'test/fixtures/snapshot-crds');
  for (const file of readdirSync(folder)) {
    for (const definition of loadAll(readFileSync(join(folder, file), 'utf8')) as (object | null)[]) {
      const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
      if (definition !== null) await createObject(admin, path, definition);
    }
  }
  for (const kind of ['volumesnapshots', 'volumesnapshotcontents', 'volumesnapshotclasses']) {
    const path = `/apis/snapshot.storage.k8s.io/v1/${kind}`;
    while (!(await isServed(admin, path))) await sleep(50);
  }
}

async function isServed(admin: Cluster, path: string): Promise<boolean> {
  try {
    await admin.json({ method: 'GET', path, query: { limit: 1 } });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
