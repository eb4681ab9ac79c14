import { randomBytes, randomInt } from 'node:crypto';
import { type Cluster, connect } from '../../../src/kubernetes/cluster.ts';
import { loadKubeconfig, parseKubeconfig, targetOf } from '../../../src/kubernetes/kubeconfig.ts';
import { createTransport, type Transport } from '../../../src/kubernetes/transport.ts';
import { type SandboxOptions, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { installSnapshotApi } from './snapshot-api.ts';

/** An answer as it came, not retried and not turned into an error. */
export interface RawAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

/** One API server in a test, with a namespace of its own. */
export interface ApiUnderTest {
  readonly backend: 'embedded' | 'real';
  readonly cluster: Cluster;
  readonly namespace: string;
  call(request: RawRequest): Promise<RawAnswer>;
  /** A call with a bearer token instead of the administrator's credentials. */
  callAs(token: string, request: RawRequest): Promise<RawAnswer>;
  /** Has something done before the end, however the test ends; what came last is done first. */
  defer(task: () => Promise<void>): void;
  /** Removes the namespace and whatever was started. */
  stop(): Promise<void>;
}

export interface Backend {
  readonly name: 'embedded' | 'real';
  /** Why it cannot be had here, and how to have it. */
  readonly unavailable?: string;
  start(options?: SandboxOptions): Promise<ApiUnderTest>;
}

const realKubeconfig = process.env.TEST_KUBECONFIG;

/** The same tests run on both: what the embedded API says must be what a real one says. */
export const backends: readonly Backend[] = [
  { name: 'embedded', start: startEmbedded },
  {
    name: 'real',
    start: startReal,
    ...(realKubeconfig === undefined
      ? { unavailable: 'needs a real API server: npm test -- --cluster, or TEST_KUBECONFIG' }
      : {}),
  },
];

async function startEmbedded(options: SandboxOptions = { nodes: [], scheduler: false, storage: { snapshots: false } }) {
  const sandbox = await startSandbox(options);
  const api = await under('embedded', targetOf(await parseKubeconfig(sandbox.kubeconfig)));
  return {
    ...api,
    stop: async () => {
      await api.stop();
      await sandbox.stop();
    },
  };
}

async function startReal(): Promise<ApiUnderTest> {
  const api = await under('real', targetOf(await loadKubeconfig({ paths: [realKubeconfig ?? ''] })));
  await installSnapshotApi(api.cluster);
  return api;
}

async function under(backend: ApiUnderTest['backend'], target: ReturnType<typeof targetOf>): Promise<ApiUnderTest> {
  const namespace = `contract-${randomBytes(4).toString('hex')}`;
  const cluster = connect({ ...target, namespace });
  const transport = createTransport(target, {}, 5000);
  const { cert: _cert, key: _key, ...tls } = target.tls;
  const callOver = async (
    over: Transport,
    { method, path, body, contentType, accept }: RawRequest,
  ): Promise<RawAnswer> => {
    const response = await over.open({
      method,
      path,
      timeoutMs: 20_000,
      headers: {
        ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
        ...(accept === undefined ? {} : { accept }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const json =
      response.headers['content-type']?.startsWith('application/json') && text.trim().split('\n').length === 1;
    return { status: response.status, body: json ? JSON.parse(text) : { text } };
  };
  const call = (request: RawRequest) => callOver(transport, request);
  const callAs = async (token: string, request: RawRequest) => {
    const other = createTransport({ ...target, tls, credentials: { kind: 'token', token } }, {}, 5000);
    try {
      return await callOver(other, request);
    } finally {
      other.close();
    }
  };
  await cluster.json({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } } });
  await eventually(async () => {
    const account = await call({ method: 'GET', path: `/api/v1/namespaces/${namespace}/serviceaccounts/default` });
    return account.status === 200;
  });
  const deferred: (() => Promise<void>)[] = [];
  return {
    backend,
    cluster,
    namespace,
    call,
    callAs,
    defer: (task) => void deferred.unshift(task),
    stop: async () => {
      for (const task of deferred) await task();
      await call({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
      cluster.close();
      transport.close();
    },
  };
}

/** Waits until the condition holds. @throws when it does not within the time, in milliseconds */
export async function eventually(condition: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Three numbers of an address in the service range that nobody else in this run uses. */
export function serviceNetwork(): string {
  return `10.96.${randomInt(32, 250)}`;
}

/** The same of version 6: with one more digit it is an address. */
export function serviceNetwork6(): string {
  return `fd00:10:96::${randomInt(0x100, 0x1000).toString(16)}`;
}
