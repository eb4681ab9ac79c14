import type { ApiCall } from './attempts.ts';
import { createCaller, type StreamOptions } from './call.ts';
import type { GeneratedApis } from './generated.ts';
import type { Target } from './kubeconfig.ts';
import { defaultRetry, type RetryPolicy } from './retry.ts';
import { createTransport, type Upgrade } from './transport.ts';

export type { ApiCall } from './attempts.ts';

export interface JsonRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path below the server, e.g. `/apis/snapshot.storage.k8s.io/v1/namespaces/bosh/volumesnapshots`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** `application/json` when omitted, `application/merge-patch+json` for PATCH. */
  readonly contentType?: string;
  /** Ask for the objects' metadata alone: a list is then a fraction of its size (meta/v1 PartialObjectMetadata). */
  readonly metadataOnly?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * One API server as one user. The generated APIs take one object and give the typed answer, their dates as Date;
 * fields that the generated models do not know are dropped, so custom resources go through `json`.
 */
export interface Cluster extends GeneratedApis {
  readonly context: string;
  readonly namespace: string;
  /** Base URL. */
  readonly server: string;
  /** Raw JSON in and out, bounded and retried as every call: nothing is dropped, dates stay strings. */
  json<T>(request: JsonRequest): Promise<T>;
  /**
   * Opens a GET whose body is streamed (a watch, a log). Not retried. The body has no bound of its own and can be read once: read it to its end, leave the
   * loop, or abort the signal, else its connection stays open. A connection that breaks throws an error with the socket layer's `code`.
   */
  stream(path: string, options?: StreamOptions): Promise<AsyncIterable<Uint8Array>>;
  /** Opens a WebSocket by `open`, with the retries of a call; `totalMs` bounds it in milliseconds. */
  upgrade<T>(path: string, totalMs: number, open: (upgrade: Upgrade) => Promise<T>): Promise<T>;
  /** Closes idle connections. */
  close(): void;
}

export interface ConnectOptions {
  /** Called after every attempt. Never sees bodies, headers or queries. */
  readonly log?: (call: ApiCall) => void;
  readonly retry?: Partial<RetryPolicy>;
  /** Bound of one attempt until its headers, and of every silence in its body, in milliseconds; 10 s when omitted. */
  readonly timeoutMs?: number;
  /** Where proxies are read from; the process's environment when omitted. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Servers that do not know the form answer the whole objects, which hold the same metadata. */
const metadataList = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** Makes a cluster of a target. No I/O until the first call; throws when the target's proxy cannot be used. */
export function connect(target: Target, options: ConnectOptions = {}): Cluster {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const transport = createTransport(target, options.env ?? process.env, timeoutMs);
  const caller = createCaller(transport, {
    retry: { ...defaultRetry, ...options.retry },
    timeoutMs,
    ...(options.log === undefined ? {} : { log: options.log }),
  });
  let generated: Promise<GeneratedApis> | undefined;

  function load(): Promise<GeneratedApis> {
    // About 900 generated modules, which a call that only uses `json` and `stream` never needs.
    generated ??= import('./generated.ts').then(({ generatedApis }) => generatedApis(caller.call));
    return generated;
  }

  async function json<T>(request: JsonRequest): Promise<T> {
    const { method, path, body, signal } = request;
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) query.set(key, String(value));
    }
    const type = request.contentType ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
    const { text } = await caller.call({
      method,
      path: query.size === 0 ? path : `${path}?${query}`,
      headers: {
        Accept: request.metadataOnly ? metadataList : 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': type }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  return {
    context: target.context,
    namespace: target.namespace,
    server: target.server,
    core: later(load, 'core'),
    storage: later(load, 'storage'),
    policy: later(load, 'policy'),
    networking: later(load, 'networking'),
    custom: later(load, 'custom'),
    authorization: later(load, 'authorization'),
    json,
    stream: caller.stream,
    upgrade: caller.upgrade,
    close: transport.close,
  };
}

type AnyApi = Readonly<Record<string, (...parameters: readonly unknown[]) => Promise<unknown>>>;

/** Stands for a generated API until a method of it is called: all of them are asynchronous anyway. */
function later<K extends keyof GeneratedApis>(load: () => Promise<GeneratedApis>, group: K): GeneratedApis[K] {
  const get = (_: object, method: string | symbol) => {
    // With `then` an API would be taken for a promise, and JSON.stringify would call `toJSON`.
    if (typeof method !== 'string' || method === 'then' || method === 'toJSON') return undefined;
    return async (...parameters: readonly unknown[]) => {
      const api = (await load())[group] as unknown as AnyApi;
      const run = api[method];
      if (run === undefined) throw new TypeError(`the generated ${group} API has no method ${method}`);
      return await run.apply(api, [...parameters]);
    };
  };
  return new Proxy({}, { get }) as GeneratedApis[K];
}
