import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node/dist/gen/models/V1PersistentVolumeClaim.js';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import type { V1Secret } from '@kubernetes/client-node/dist/gen/models/V1Secret.js';
import type { V1Service } from '@kubernetes/client-node/dist/gen/models/V1Service.js';
import type { Backend } from '../../support/backend.ts';
import { type Kubeconfig, kubeconfigFor } from '../../support/kubeconfig.ts';
import { createNamespace } from '../../support/namespace.ts';
import { getIn, listIn, objectsIn } from '../../support/objects.ts';
import type { Program } from '../../support/program.ts';
import { checkArguments, checkResult } from './director.ts';
import { type CpiRun, runCpi } from './process.ts';

/** Secrets of every configuration and every machine: no call may show them. */
export const canaries = {
  mbus: 'canary-mbus-5f0c3a',
  blobstore: 'canary-blobstore-91d2e7',
  password: 'canary-password-77ab10',
  privateKey: 'canary+private/key+MIIEvQIBADANBgkqhkiG9w0BAQEFAASC',
} as const;

export interface SiteOptions {
  /** Level of Pod Security that the namespace enforces. */
  readonly podSecurity?: 'privileged' | 'baseline';
  /** How machines get their disks; the CPI chooses where absent. */
  readonly attach?: 'hotplug' | 'recreate';
  /** Laid over the configuration file. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Server of the kubeconfig instead of the backend's, with the authority of its certificate. */
  readonly through?: { readonly server: string; readonly authority?: string };
}

export interface CallOptions {
  /** cpi-config properties, which a Director puts into the context. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly apiVersion?: number | null;
}

/** A namespace with the CPI's rights, and the CPI configured for it. */
export interface Site {
  readonly namespace: string;
  readonly backend: Backend;
  readonly configFile: string;
  readonly token: string;
  /** A kubeconfig of the CPI's ServiceAccount, as an object. */
  readonly kubeconfig: Kubeconfig;
  /** One call, whatever comes of it; its form is checked. */
  call(method: string, args: readonly unknown[], options?: CallOptions): Promise<CpiRun>;
  /** The result of a call that a Director could make and that must succeed. */
  ok<T = null>(method: string, args: readonly unknown[], options?: CallOptions): Promise<T>;
  /** The error of a call that must fail, its type without the prefix. */
  fails(
    method: string,
    args: readonly unknown[],
    options?: CallOptions,
  ): Promise<{ type: string; message: string; okToRetry: boolean; stderr: string }>;
  pod(name: string): Promise<V1Pod | undefined>;
  secret(name: string): Promise<V1Secret | undefined>;
  service(name: string): Promise<V1Service | undefined>;
  claim(name: string): Promise<V1PersistentVolumeClaim | undefined>;
  /** Any object of the namespace, by the path below it. */
  get<T>(path: string): Promise<T | undefined>;
  list<T>(path: string): Promise<readonly T[]>;
  /** Names of everything the CPI made that is still there, as `services/web`. */
  objects(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** Waits as short as a slow machine allows. */
const timeouts = {
  create_vm: 30,
  unschedulable: 1,
  delete_vm: 30,
  create_disk: 20,
  delete_disk: 20,
  attach_disk: 20,
  resize_disk: 20,
  snapshot_disk: 20,
};

/** Makes a namespace, gives a ServiceAccount in it the rights of manifests/rbac.yml, and configures the CPI with its token. */
export async function createSite(backend: Backend, program: Program, options: SiteOptions = {}): Promise<Site> {
  const { admin } = backend;
  const namespace = `contract-${randomBytes(4).toString('hex')}`;
  const { token, remove } = await createNamespace(admin, namespace, options.podSecurity);
  const { server, authority } = options.through ?? backend;
  const kubeconfig = kubeconfigFor(server, authority, { token }, namespace);
  const folder = mkdtempSync(join(tmpdir(), `${namespace}-`));
  const configFile = join(folder, 'cpi.json');
  const agent = {
    mbus: `nats://agent:${canaries.mbus}@10.0.0.6:4222`,
    ntp: ['ntp.example.com'],
    blobstores: [{ provider: 'dav', options: { endpoint: 'https://10.0.0.6:25250', password: canaries.blobstore } }],
  };
  const disks = {
    storage_class: backend.classes.waits,
    ...(options.attach !== undefined && { attach: options.attach }),
  };
  const config = { kubeconfig, agent, timeouts, disks, ...options.config };
  writeFileSync(configFile, JSON.stringify(config));

  const call = (method: string, args: readonly unknown[], { context = {}, apiVersion = 2 }: CallOptions = {}) => {
    const request = {
      method,
      arguments: args,
      context: { director_uuid: randomUUID(), request_id: 'cpi-123456', ...context },
      ...(apiVersion !== null && { api_version: apiVersion }),
    };
    const secrets = [...Object.values(canaries), token];
    return runCpi(program, ['--config', configFile], request, { canaries: secrets });
  };

  async function ok<T>(method: string, args: readonly unknown[], callOptions?: CallOptions): Promise<T> {
    checkArguments(method, args);
    const run = await call(method, args, callOptions);
    if (run.error !== null) assert.fail(`${method}: ${run.error.type}: ${run.error.message}\n${run.stderr}`);
    checkResult(method, run.result);
    return run.result as T;
  }

  async function fails(method: string, args: readonly unknown[], callOptions?: CallOptions) {
    const { error, result, stderr } = await call(method, args, callOptions);
    if (error === null) assert.fail(`${method} succeeded: ${JSON.stringify(result)}\n${stderr}`);
    const { type, message, ok_to_retry: okToRetry } = error;
    return { type: type.replace('Bosh::Clouds::', ''), message, okToRetry, stderr };
  }

  const get = <T>(path: string) => getIn<T>(admin, namespace, path);

  return {
    namespace,
    backend,
    configFile,
    token,
    kubeconfig,
    call,
    ok,
    fails,
    pod: (name) => get(`pods/${name}`),
    secret: (name) => get(`secrets/${name}`),
    service: (name) => get(`services/${name}`),
    claim: (name) => get(`persistentvolumeclaims/${name}`),
    get,
    list: (path) => listIn(admin, namespace, path),
    objects: () => objectsIn(admin, namespace),
    async remove() {
      rmSync(folder, { recursive: true, force: true });
      await remove();
    },
  };
}
