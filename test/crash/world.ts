import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AttachStrategyName } from '../../src/bosh/session.ts';
import type { Backend } from '../support/backend.ts';
import { type Kubeconfig, kubeconfigFor } from '../support/kubeconfig.ts';
import { createNamespace } from '../support/namespace.ts';
import { getIn, listIn, objectsIn } from '../support/objects.ts';
import { type CpiRun, type RunningCall, startCall } from './call.ts';
import { type CrashProxy, proxyAuthority, type Rule, startProxy } from './proxy.ts';

/** A namespace of its own with a proxy and a configuration: where one story of calls plays. */
export interface World {
  readonly namespace: string;
  readonly backend: Backend;
  readonly proxy: CrashProxy;
  readonly config: string;
  /** What the configuration has: a ServiceAccount's token. */
  readonly kubeconfig: Kubeconfig;
  /** An address of the Services' range that no other world has. */
  readonly address: string;
  /** Starts a call; nothing is decided over its requests. */
  start(method: string, args: readonly unknown[]): Promise<RunningCall>;
  /** One call from start to end. A rule makes the count of the proxy begin anew. */
  call(method: string, args: readonly unknown[], rule?: Rule): Promise<CpiRun>;
  /** A call through a proxy of its own, while another one is held. */
  aside(method: string, args: readonly unknown[]): Promise<CpiRun>;
  /** The result of a call that must succeed. */
  result<T>(method: string, args: readonly unknown[]): Promise<T>;
  /** An object of the namespace by the path below it, or undefined. */
  get<T>(path: string): Promise<T | undefined>;
  list<T>(path: string): Promise<readonly T[]>;
  /** Names of all objects that no fixture is; waits up to `boundMs` until there are no more than `allowed`. */
  leftovers(boundMs?: number, allowed?: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

let worlds = 0;

/** Addresses of an earlier run that are not free yet are not met again. */
const firstAddress = randomInt(2 ** 14);

function addressOf(number: number): string {
  return `10.96.${128 + ((number >> 7) & 127)}.${(number & 127) + 1}`;
}

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
    attach_disk: 30,
  },
};

/** What a world's configuration has beside the usual. */
export interface WorldConfig {
  readonly disks?: { readonly attach: AttachStrategyName };
  readonly agent?: object;
}

export async function createWorld(backend: Backend, extraConfig: WorldConfig = {}): Promise<World> {
  const number = ++worlds;
  const namespace = `crash-${randomBytes(4).toString('hex')}`;
  const { admin } = backend;
  const { token, remove } = await createNamespace(admin, namespace);
  const proxy = await startProxy(backend);
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-cpi-crash-'));
  const kubeconfig = (server: string) => kubeconfigFor(server, proxyAuthority, { token }, namespace);
  const writeConfig = (name: string, server: string) => {
    const path = join(folder, name);
    const written = {
      kubeconfig: kubeconfig(server),
      ...defaults,
      ...extraConfig,
      disks: { storage_class: backend.classes.waits, ...extraConfig.disks },
    };
    writeFileSync(path, JSON.stringify(written));
    return path;
  };
  const config = writeConfig('cpi.json', proxy.url);
  let second: Promise<{ proxy: CrashProxy; config: string }> | undefined;

  const startWith = (path: string, method: string, args: readonly unknown[]) =>
    startCall(path, {
      method,
      arguments: args,
      context: { director_uuid: 'd0000000-0000-4000-8000-000000000000', request_id: `cpi-${number}` },
      api_version: 2,
    });
  const start = (method: string, args: readonly unknown[]) => startWith(config, method, args);

  async function aside(method: string, args: readonly unknown[]): Promise<CpiRun> {
    second ??= startProxy(backend).then((each) => ({
      proxy: each,
      config: writeConfig('aside.json', each.url),
    }));
    return await (await startWith((await second).config, method, args)).done;
  }

  async function call(method: string, args: readonly unknown[], rule?: Rule): Promise<CpiRun> {
    let running: RunningCall | undefined;
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

  return {
    namespace,
    backend,
    proxy,
    config,
    kubeconfig: kubeconfig(proxy.url),
    address: addressOf(firstAddress + number),
    start,
    call,
    aside,
    result,
    get: (path) => getIn(admin, namespace, path),
    list: (path) => listIn(admin, namespace, path),
    async leftovers(boundMs = 10_000, allowed = 0) {
      const deadline = Date.now() + boundMs;
      for (;;) {
        const left = await objectsIn(admin, namespace);
        if (left.length <= allowed || Date.now() > deadline) return left;
        await sleep(20);
      }
    },
    async close() {
      proxy.close();
      (await second)?.proxy.close();
      rmSync(folder, { recursive: true, force: true });
      await remove();
    },
  };
}
