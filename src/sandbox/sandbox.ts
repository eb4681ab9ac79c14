import { randomUUID } from 'node:crypto';
import { type Cluster, connect } from '../kubernetes/cluster.ts';
import { type KubeconfigDocument, parseKubeconfig, targetOf } from '../kubernetes/kubeconfig.ts';
import { startHousekeeping } from './api/housekeeping/housekeeping.ts';
import type { ApiObject } from './api/object.ts';
import { resource } from './api/resources.ts';
import { type Api, type ApiOptions, startApi } from './api/server.ts';
import { backdateObjects, shiftSince } from './backdate.ts';
import { type Kubelet, type KubeletOptions, startKubelet } from './controllers/kubelet/kubelet.ts';
import { startScheduler } from './controllers/scheduler.ts';
import { type StorageOptions, startStorage } from './controllers/storage/storage.ts';
import { seed } from './seed.ts';

export interface SandboxOptions extends Omit<ApiOptions, 'internalToken'> {
  /** Namespace of the kubeconfig's context; it is made. */
  readonly namespace?: string;
  /** Name of the kubeconfig's context. */
  readonly context?: string;
  /** Nodes of the cluster: one named `sandbox-node` by default, none for an API server without nodes. */
  readonly nodes?: readonly Partial<KubeletOptions>[];
  readonly storage?: Partial<StorageOptions> | false;
  readonly scheduler?: boolean;
}

export interface Sandbox {
  readonly url: string;
  /** Written to a file as JSON it is a kubeconfig for every client. */
  readonly kubeconfig: KubeconfigDocument;
  readonly api: Api;
  readonly nodes: readonly Kubelet[];
  /** Puts a file into the running machine of a pod, e.g. what its agent would have written. */
  plant(pod: string, path: string, content: string, namespace?: string): void;
  /** A file of a running machine. */
  read(pod: string, path: string, namespace?: string): string | undefined;
  /** Ends a container as a crash would. */
  kill(pod: string, container?: string, namespace?: string): void;
  /**
   * Has what happened to the chosen objects since a moment happen earlier: for machines that are a month old at once.
   * @param since @param by milliseconds
   */
  backdate(isChosen: (object: ApiObject) => boolean, since: number, by: number): void;
  stop(): Promise<void>;
}

/** Starts a whole cluster in this process: API, scheduler, storage and nodes. Nothing is installed and nothing runs in it. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const internalToken = randomUUID();
  const namespace = options.namespace ?? 'bosh';
  const context = options.context ?? 'sandbox';
  const api = await startApi({ ...options, internalToken });
  const stopHousekeeping = startHousekeeping(api.cluster);
  seed(api.cluster, namespace === 'default' ? [] : [namespace]);
  const cluster = await internalCluster(api, internalToken);
  const nodeOptions = options.nodes ?? [{}];
  const [nodes, ...stops] = await Promise.all([
    Promise.all(
      nodeOptions.map((node, index) =>
        startKubelet(cluster, { name: nodeName(index), podNetwork: `10.${88 + index}`, ...node }),
      ),
    ),
    options.storage === false ? undefined : startStorage(cluster, { bind: true, ...options.storage }),
    options.scheduler === false ? undefined : startScheduler(cluster),
  ]);

  function nodeOf(pod: string, where: string): Kubelet {
    const found = nodes.find((node) => node.runs(where, pod));
    if (found === undefined) throw new Error(`pod ${where}/${pod} does not run in this sandbox`);
    return found;
  }

  return {
    url: api.url,
    kubeconfig: kubeconfigOf(api.url, context, namespace, Object.keys(options.tokens ?? {})[0], api.authority),
    api,
    nodes,
    plant: (pod, path, content, where = namespace) => nodeOf(pod, where).plant(where, pod, path, content),
    read: (pod, path, where = namespace) => nodeOf(pod, where).read(where, pod, path),
    kill: (pod, container, where = namespace) => nodeOf(pod, where).kill(where, pod, container),
    backdate(isChosen, since, by) {
      const shift = shiftSince(since, by);
      for (const pod of api.store.list(resource('', 'pods'), '')) {
        if (!isChosen(pod)) continue;
        for (const node of nodes) node.backdate(pod.metadata.namespace ?? '', pod.metadata.name, shift);
      }
      backdateObjects(api.store, isChosen, shift);
    },
    async stop() {
      stopHousekeeping();
      for (const stop of stops) stop?.();
      await Promise.all(nodes.map((node) => node.stop()));
      cluster.close();
      await api.stop();
    },
  };
}

function nodeName(index: number): string {
  return index === 0 ? 'sandbox-node' : `sandbox-node-${index + 1}`;
}

async function internalCluster({ url, authority }: Api, token: string): Promise<Cluster> {
  const kubeconfig = await parseKubeconfig(kubeconfigOf(url, 'internal', 'default', token, authority));
  return connect(targetOf(kubeconfig), { retry: { attempts: 2 } });
}

/**
 * A kubeconfig for one server and one user.
 * @param token any will do where everybody is administrator; kubectl asks for a password without one
 * @param authority PEM of the certificate to trust
 */
export function kubeconfigOf(
  server: string,
  context: string,
  namespace: string,
  token = 'anybody',
  authority?: string,
): KubeconfigDocument {
  const trust =
    authority === undefined ? {} : { 'certificate-authority-data': Buffer.from(authority).toString('base64') };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [{ name: context, cluster: { server, ...trust } }],
    users: [{ name: context, user: { token } }],
    contexts: [{ name: context, context: { cluster: context, user: context, namespace } }],
  };
}
