import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeClaim.js';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { load } from 'js-yaml';
import type { Cluster } from '../../../src/kubernetes/cluster.ts';
import { importIntoCluster, startCluster, stopCluster } from '../../cluster/cluster.ts';
import { waitFor } from '../../cluster/wait.ts';
import { createWorkspace } from '../../cluster/workspace.ts';
import { type Flavour, stemcell } from '../../stemcell/build.ts';
import { type CpiResponse, startCpi } from '../../support/process.ts';
import { firstProcess } from '../node.ts';
import { type Mount, type NodeSide, nodeSide } from './node-side.ts';

export type Attach = 'auto' | 'hotplug' | 'recreate';

/** A namespace on a real node, the CPI as a process with the rights of manifests/rbac.yml, and what is below both. */
export interface Site {
  readonly admin: Cluster;
  readonly namespace: string;
  readonly image: string;
  readonly node: NodeSide;
  /** Calls the CPI, whose `disks.attach` is `hotplug` unless another is given, and gives its result; its errors are thrown as `type: message`. */
  cpi(method: string, args: readonly unknown[], attach?: Attach): Promise<unknown>;
  /** A pod as it is, or undefined. */
  pod(name: string): Promise<V1Pod | undefined>;
  /** Waits for a pod to come to something, a minute and a half at most. */
  follow<R>(name: string, decide: (pod: V1Pod | undefined) => R | undefined): Promise<R>;
  /** Sends a signal, SIGKILL without another, to the first process of a pod's only container from outside. */
  kill(pod: string, signal?: NodeJS.Signals): Promise<void>;
  /** Name of the volume that a bound claim has; the site remembers it for `leftovers`. */
  volume(claim: string): Promise<string>;
  /** What the node has of a disk, or of all disks: folders below /run/bosh-cpi, and mounts. */
  leftovers(disk?: string): Promise<readonly string[]>;
  /** The CPI's objects, as `pods/name`. */
  objects(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** @param timeouts of the CPI, in seconds */
export async function openSite(flavour: Flavour, timeouts: Readonly<Record<string, number>> = {}): Promise<Site> {
  const given = process.env.TEST_CLUSTER;
  const started = await startCluster({ name: given ?? 'hotplug', node: true });
  const agent = process.env.BOSH_AGENT;
  const { image, archive } = await stemcell({ flavour, ...(agent !== undefined && { agent }) });
  await importIntoCluster(started.name, archive);
  const workspace = await createWorkspace(started);
  const { admin, namespace } = workspace;
  const folder = mkdtempSync(join(tmpdir(), `${namespace}-cpi-`));
  const node = nodeSide(started.name);
  const volumes = new Map<string, string>();

  function configured(attach: Attach): string {
    const file = join(folder, `${attach}.json`);
    const settings = {
      kubeconfig: load(readFileSync(workspace.kubeconfig, 'utf8')),
      namespace,
      agent: { mbus: 'https://mbus:pw@0.0.0.0:6868' },
      disks: { attach, storage_class: 'fast-local' },
      timeouts,
    };
    writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
    return file;
  }
  const files = { auto: configured('auto'), hotplug: configured('hotplug'), recreate: configured('recreate') };

  const read = async <T>(path: string): Promise<T | undefined> =>
    admin.json<T>({ method: 'GET', path: `/api/v1/namespaces/${namespace}/${path}` }).catch((error) => {
      if (error.status === 404) return undefined;
      throw error;
    });

  return {
    admin,
    namespace,
    image,
    node,
    async cpi(method, args, attach = 'hotplug') {
      const context = { director_uuid: 'test', request_id: `cpi-${randomUUID().slice(0, 6)}` };
      const request = { method, arguments: args, context, api_version: 2 };
      const { stdout, stderr, status } = await (await startCpi(['--config', files[attach]], request)).done;
      if (status !== 0) throw new Error(`${method} ended with ${status}: ${stderr}`);
      const { result, error } = JSON.parse(stdout) as CpiResponse;
      if (error !== null) throw new Error(`${error.type}: ${error.message}`, { cause: stderr });
      return result;
    },
    pod: (name) => read<V1Pod>(`pods/${name}`),
    follow: async (name, decide) =>
      waitFor(`what was awaited of pod ${name}`, 90_000, async () => decide(await read<V1Pod>(`pods/${name}`)), 200),
    async kill(name, signal = 'SIGKILL') {
      const id = (await read<V1Pod>(`pods/${name}`))?.status?.containerStatuses?.[0]?.containerID;
      if (id === undefined) throw new Error(`pod ${name} runs no container`);
      process.kill(firstProcess(id.replace(/^.*:\/\//, '')), signal);
    },
    async volume(claim) {
      const bound = await waitFor(`claim ${claim} is bound`, 30_000, async () => {
        const found = await read<V1PersistentVolumeClaim>(`persistentvolumeclaims/${claim}`);
        return found?.status?.phase === 'Bound' ? found.spec?.volumeName : undefined;
      });
      volumes.set(claim, bound);
      return bound;
    },
    async leftovers(disk = '') {
      const top = `/run/bosh-cpi/${namespace}`;
      const folders = await node.sh(`find ${top} -mindepth 2 2> /dev/null || true`);
      const asked = disk === '' ? [...volumes.values()] : [volumes.get(disk) ?? disk];
      const isOurs = ({ root, at }: Mount): boolean =>
        at.startsWith(`${top}/`) || asked.some((volume) => root.includes(volume));
      const mounts = node.mounts().filter(isOurs);
      return [...folders.split('\n'), ...mounts.map(({ at, root }) => `${root} at ${at}`)].filter(
        (each) => each !== '' && [disk, ...asked].some((name) => each.includes(name)),
      );
    },
    async objects() {
      const query = { labelSelector: 'app.kubernetes.io/managed-by=kubernetes-cpi' };
      const core = ['pods', 'secrets', 'services', 'persistentvolumeclaims'];
      const paths = [
        ...core.map((kind) => `/api/v1/namespaces/${namespace}/${kind}`),
        `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`,
      ];
      const lists = await Promise.all(
        paths.map((path) => admin.json<{ items: { metadata: { name: string } }[] }>({ method: 'GET', path, query })),
      );
      return lists.flatMap(({ items }, index) =>
        items.map(({ metadata }) => `${paths[index]?.split('/').at(-1)}/${metadata.name}`),
      );
    },
    async close() {
      await node.startKubelet();
      rmSync(folder, { recursive: true, force: true });
      await workspace.remove();
      if (given === undefined) await stopCluster(started.name);
    },
  };
}
