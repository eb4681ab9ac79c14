import type { Configuration } from '@kubernetes/client-node/dist/gen/configuration.js';
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
import type { Answer, Call } from './call.ts';

/** The generated APIs over one transport. This module is the only one that loads generated code. */
export interface GeneratedApis {
  readonly core: ObjectCoreV1Api;
  readonly storage: ObjectStorageV1Api;
  readonly policy: ObjectPolicyV1Api;
  readonly networking: ObjectNetworkingV1Api;
  readonly custom: ObjectCustomObjectsApi;
  readonly authorization: ObjectAuthorizationV1Api;
}

/** Makes the generated APIs; their requests and answers go through `call`, so they are bounded and retried as all are. */
export function generatedApis(call: (call: Call) => Promise<Answer>): GeneratedApis {
  const configuration: Configuration = {
    // Only the path is used: the transport knows the server.
    baseServer: new ServerConfiguration('http://cluster', {}),
    httpApi: { send: (request) => from(send(request, call)) },
    middleware: [],
    authMethods: {},
  };
  return {
    core: new ObjectCoreV1Api(configuration),
    storage: new ObjectStorageV1Api(configuration),
    policy: new ObjectPolicyV1Api(configuration),
    networking: new ObjectNetworkingV1Api(configuration),
    custom: new ObjectCustomObjectsApi(configuration),
    authorization: new ObjectAuthorizationV1Api(configuration),
  };
}

async function send(request: RequestContext, call: (call: Call) => Promise<Answer>): Promise<ResponseContext> {
  const url = new URL(request.getUrl());
  const body = request.getBody();
  const signal = request.getSignal();
  const { status, headers, text } = await call({
    method: request.getHttpMethod(),
    path: url.pathname + url.search,
    headers: request.getHeaders(),
    ...(body === undefined ? {} : { body: String(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  return new ResponseContext(
    status,
    { ...headers },
    {
      text: async () => text,
      binary: async () => Buffer.from(text),
      stream: () => null,
    },
  );
}
