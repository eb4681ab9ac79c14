import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isNotFound } from '../../src/kubernetes/errors.ts';
import { type Backend, post, rbac, runId } from './backend.ts';
import { type CpiRun, type RunningCpi, startCpi } from './cpi.ts';
import { type CrashProxy, proxyAuthority, type Rule, startProxy } from './proxy.ts';

/** A namespace of its own with a proxy and a configuration: where one story of calls plays. */
export interface World {
  readonly namespace: string;
  readonly backend: Backend;
  readonly proxy: CrashProxy;
  readonly config: string;
  /** An address of the Services' range that no other world has. */
  readonly address: string;
  /** Starts a call; nothing is decided over its requests. */
  start(method: string, args: readonly unknown[]): Promise<RunningCpi>;
  /** One call from start to end. A rule makes the count of the proxy begin anew. */
  call(method: string, args: readonly unknown[], rule?: Rule): Promise<CpiRun>;
  /** A call through a proxy of its own, while another one is held. */
  aside(method: string, args: readonly unknown[]): Promise<CpiRun>;
  /** The result of a call that must succeed. */
  result<T>(method: string, args: readonly unknown[]): Promise<T>;
  /** An object of the namespace, or undefined. */
  get<T>(path: string): Promise<T | undefined>;
  /** Names of all objects that no fixture is; waits up to `boundMs` until there are no more than `allowed`. */
  leftovers(boundMs?: number, allowed?: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

let worlds = 0;

/** Bounds in seconds: long enough for a busy machine, short enough to be a failure. */
const defaults = {
  agent: { mbus: 'nats://10.0.0.6:4222' },
  timeouts: {
    create_vm: 60,
    unschedulable: 30,
    delete_vm: 60,
    create_disk: 30,
    delete_disk: 30,
    resize_disk: 30,
    snapshot_disk: 30,
  },
};

export async function createWorld(backend: Backend, extraConfig: object = {}): Promise<World> {
  const number = ++worlds;
  const namespace = `${runId}-${number}`;
  const { admin } = backend;
  await post(admin, '/api/v1/namespaces', { metadata: { name: namespace } });
  await Promise.all(
    rbac(namespace)
      .filter(({ kind }) => !kind.startsWith('Cluster'))
      .map((object) => post(admin, pathOf(object), object)),
  );
  const proxy = await startProxy(backend.upstream);
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-cpi-crash-'));
  const token = await backend.token(namespace);
  const writeConfig = (name: string, server: string) => {
    const path = join(folder, name);
    const kubernetes = {
      kubeconfig: kubeconfig(server, token, namespace),
      disks: { storage_class: backend.classes.waits },
    };
    writeFileSync(path, JSON.stringify({ ...kubernetes, ...defaults, ...extraConfig }));
    return path;
  };
  const config = writeConfig('cpi.json', proxy.url);
  let second: Promise<{ proxy: CrashProxy; config: string }> | undefined;

  const startWith = (path: string, method: string, args: readonly unknown[]) =>
    startCpi(path, {
      method,
      arguments: args,
      context: { director_uuid: 'd0000000-0000-4000-8000-000000000000', request_id: `cpi-${number}` },
      api_version: 2,
    });
  const start = (method: string, args: readonly unknown[]) => startWith(config, method, args);

  async function aside(method: string, args: readonly unknown[]): Promise<CpiRun> {
    second ??= startProxy(backend.upstream).then((each) => ({
      proxy: each,
      config: writeConfig('aside.json', each.url),
    }));
    return await (await startWith((await second).config, method, args)).done;
  }

  async function call(method: string, args: readonly unknown[], rule?: Rule): Promise<CpiRun> {
    let running: RunningCpi | undefined;
    // a fault may want to kill before `start` has come back with the process
    const kill = async () => {
      while (running === undefined) await sleep(1);
      await running.kill();
    };
    proxy.begin(rule, kill);
    running = await start(method, args);
    return await running.done;
  }

  async function result<T>(method: string, args: readonly unknown[]): Promise<T> {
    const run = await call(method, args);
    if (run.response === undefined || run.response.error !== null) {
      throw new Error(`${method}: ${run.response?.error?.message ?? 'no answer'}\n${run.stderr}`);
    }
    return run.response.result as T;
  }

  async function get<T>(path: string): Promise<T | undefined> {
    try {
      return await admin.json<T>({ method: 'GET', path: path.replace('~', `/namespaces/${namespace}`) });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async function list(): Promise<string[]> {
    const found = await Promise.all(
      collections.map(async (path) => {
        const answer = await get<{ items: readonly { metadata: { name: string } }[] }>(path);
        return (answer?.items ?? []).map(({ metadata }) => `${path.split('/').at(-1)}/${metadata.name}`);
      }),
    );
    return found.flat();
  }

  return {
    namespace,
    backend,
    proxy,
    config,
    address: `10.96.${150 + (number >> 7)}.${(number & 127) + 1}`,
    start,
    call,
    aside,
    result,
    get,
    async leftovers(boundMs = 10_000, allowed = 0) {
      const deadline = Date.now() + boundMs;
      for (;;) {
        const left = await list();
        if (left.length <= allowed || Date.now() > deadline) return left;
        await sleep(20);
      }
    },
    async close() {
      proxy.close();
      (await second)?.proxy.close();
      rmSync(folder, { recursive: true, force: true });
      await admin.json({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
    },
  };
}

/** Everything the CPI may make. */
const collections = [
  '/api/v1~/pods',
  '/api/v1~/secrets',
  '/api/v1~/services',
  '/api/v1~/persistentvolumeclaims',
  '/apis/policy/v1~/poddisruptionbudgets',
  '/apis/snapshot.storage.k8s.io/v1~/volumesnapshots',
];

/** Path of a manifest's collection. */
function pathOf({ apiVersion, kind, metadata }: ReturnType<typeof rbac>[number]): string {
  const api = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${api}/namespaces/${metadata.namespace}/${kind.toLowerCase()}s`;
}

/** A kubeconfig with one context, `crash`. */
export function kubeconfig(server: string, token: string, namespace: string) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'crash',
    clusters: [
      {
        name: 'crash',
        cluster: { server, 'certificate-authority-data': Buffer.from(proxyAuthority).toString('base64') },
      },
    ],
    users: [{ name: 'crash', user: { token } }],
    contexts: [{ name: 'crash', context: { cluster: 'crash', user: 'crash', namespace } }],
  };
}
