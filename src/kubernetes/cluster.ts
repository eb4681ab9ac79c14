import type { IncomingMessage } from 'node:http';
import { type Configuration, createConfiguration } from '@kubernetes/client-node/dist/gen/configuration.js';
import { type RequestContext, ResponseContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import { from } from '@kubernetes/client-node/dist/gen/rxjsStub.js';
import { ServerConfiguration } from '@kubernetes/client-node/dist/gen/servers.js';
import {
  ObjectAuthorizationV1Api,
  ObjectCoreV1Api,
  ObjectCustomObjectsApi,
  ObjectNetworkingV1Api,
  ObjectPolicyV1Api,
  ObjectStorageV1Api,
} from '@kubernetes/client-node/dist/gen/types/ObjectParamAPI.js';
import { type ApiCall, type Call, createCaller } from './call.ts';
import type { Target } from './kubeconfig.ts';
import { defaultRetry, type RetryPolicy } from './retry.ts';
import { createTransport } from './transport.ts';

export type { ApiCall } from './call.ts';

export interface JsonRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path below the server, e.g. `/apis/snapshot.storage.k8s.io/v1/namespaces/bosh/volumesnapshots`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** `application/json` when omitted, `application/merge-patch+json` for PATCH. */
  readonly contentType?: string;
}

/** One API server as one user. The generated APIs are made when first asked for. */
export interface Cluster {
  readonly context: string;
  readonly namespace: string;
  readonly target: Target;
  readonly core: ObjectCoreV1Api;
  readonly storage: ObjectStorageV1Api;
  readonly policy: ObjectPolicyV1Api;
  readonly networking: ObjectNetworkingV1Api;
  readonly custom: ObjectCustomObjectsApi;
  readonly authorization: ObjectAuthorizationV1Api;
  /** Raw JSON in and out, retried as every call: nothing is dropped, dates stay strings. For custom resources. */
  json<T>(request: JsonRequest): Promise<T>;
  /** Opens a watch: one attempt, the body is streamed. Throws ApiError and UnreachableError. */
  stream(path: string, options: { timeoutMs: number; signal?: AbortSignal }): Promise<IncomingMessage>;
  close(): void;
}

export interface ConnectOptions {
  /** Called after every attempt. Never sees bodies or headers. */
  readonly log?: (call: ApiCall) => void;
  readonly retry?: Partial<RetryPolicy>;
  /** Bound of one attempt until its headers, and of every silence in its body, in milliseconds; 10 s when omitted. */
  readonly timeoutMs?: number;
}

/** Makes a cluster of a target. No I/O until the first call. */
export function connect(target: Target, options: ConnectOptions = {}): Cluster {
  const transport = createTransport(target);
  const caller = createCaller(transport, {
    retry: { ...defaultRetry, ...options.retry },
    timeoutMs: options.timeoutMs ?? 10_000,
    ...(options.log === undefined ? {} : { log: options.log }),
  });
  let configuration: Configuration | undefined;
  const made = new Map<string, unknown>();

  function api<T>(name: string, make: (configuration: Configuration) => T): T {
    configuration ??= createConfiguration({
      baseServer: new ServerConfiguration('http://cluster', {}),
      httpApi: { send: (request) => from(send(request)) },
    });
    if (!made.has(name)) made.set(name, make(configuration));
    return made.get(name) as T;
  }

  async function send(request: RequestContext): Promise<ResponseContext> {
    const url = new URL(request.getUrl());
    const body = request.getBody();
    const signal = request.getSignal();
    const call: Call = {
      method: request.getHttpMethod().toString(),
      path: url.pathname + url.search,
      headers: request.getHeaders(),
      ...(body === undefined ? {} : { body: String(body) }),
      ...(signal === undefined ? {} : { signal }),
    };
    const answer = await caller.call(call);
    const { text } = answer;
    return new ResponseContext(answer.status, answer.headers, {
      text: async () => text,
      binary: async () => Buffer.from(text),
      stream: () => null,
    });
  }

  async function json<T>(request: JsonRequest): Promise<T> {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(request.query ?? {}))
      if (value !== undefined) query.set(key, String(value));
    const type =
      request.contentType ?? (request.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
    const answer = await caller.call({
      method: request.method,
      path: query.size === 0 ? request.path : `${request.path}?${query}`,
      headers: { Accept: 'application/json', ...(request.body === undefined ? {} : { 'Content-Type': type }) },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    return (answer.text === '' ? undefined : JSON.parse(answer.text)) as T;
  }

  return {
    context: target.context,
    namespace: target.namespace,
    target,
    get core() {
      return api('core', (conf) => new ObjectCoreV1Api(conf));
    },
    get storage() {
      return api('storage', (conf) => new ObjectStorageV1Api(conf));
    },
    get policy() {
      return api('policy', (conf) => new ObjectPolicyV1Api(conf));
    },
    get networking() {
      return api('networking', (conf) => new ObjectNetworkingV1Api(conf));
    },
    get custom() {
      return api('custom', (conf) => new ObjectCustomObjectsApi(conf));
    },
    get authorization() {
      return api('authorization', (conf) => new ObjectAuthorizationV1Api(conf));
    },
    json,
    stream: caller.stream,
    close: transport.close,
  };
}
