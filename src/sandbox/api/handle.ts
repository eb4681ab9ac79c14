import type { Readable } from 'node:stream';
import type { Authenticator, User } from './auth.ts';
import type { ClusterState } from './cluster-state.ts';
import { checkObject, decodeObject } from './decode.ts';
import { type DeleteOptions, deletedStatus, deleteObject } from './delete.ts';
import { listObjects, type Snapshots, selectorOf } from './list.ts';
import { findContainer, openLog } from './node-proxy.ts';
import type { ApiObject } from './object.ts';
import { applyPatch } from './patch.ts';
import { listItem, representOne } from './representation.ts';
import { type ApiRequest, dryRunOf } from './request.ts';
import { apiVersion } from './resources.ts';
import { answerVirtual } from './reviews.ts';
import { badRequest, conflict, methodNotAllowed, noSuchResource, unsupportedMediaType } from './status.ts';
import { strategyOf } from './strategies/index.ts';
import { bindPod, evictPod, issueToken } from './subresources.ts';
import { createObject, getObject, updateObject } from './write.ts';

export interface Handling {
  readonly cluster: ClusterState;
  readonly snapshots: Snapshots;
  readonly authenticator: Authenticator;
}

export type Answer =
  | { readonly code: number; readonly body: unknown }
  | { readonly code: number; readonly text: string }
  /** What a node says, passed on as it comes. */
  | { readonly code: number; readonly stream: Readable };

/** Answers every request but watches and upgrades. @throws ApiStatus */
export async function handle(handling: Handling, request: ApiRequest, user: User, body: string): Promise<Answer> {
  const { cluster } = handling;
  const { resource, namespace, name, subresource, verb } = request;
  if (
    body !== '' &&
    !['GET', 'PATCH'].includes(request.method) &&
    !/^(application\/json)?$/.test(request.contentType)
  ) {
    throw unsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf`,
    );
  }
  if (resource.virtual) return answerVirtual(handling, request, user, body);
  if (subresource !== '' && subresource !== 'status') return answerSubresource(handling, request, body);
  if (subresource === 'status' && !resource.status) throw noSuchResource();
  switch (verb) {
    case 'list':
      return { code: 200, body: listObjects(cluster.store, handling.snapshots, request) };
    case 'get':
      return { code: 200, body: representOne(request, getObject(cluster, resource, namespace, name)) };
    case 'create': {
      if (name !== '') throw methodNotAllowed();
      const dryRun = dryRunOf(request.query, 'CreateOptions');
      return { code: 201, body: createObject(cluster, resource, namespace, decodeObject(body, resource), { dryRun }) };
    }
    case 'update':
      return put(cluster, request, body);
    case 'patch':
      return { code: 200, body: patch(cluster, request, body) };
    case 'delete':
      return remove(cluster, request, body);
    case 'deletecollection':
      return removeAll(cluster, request, body);
    default:
      throw methodNotAllowed();
  }
}

function put(cluster: ClusterState, request: ApiRequest, body: string): Answer {
  const { resource, namespace, name, subresource } = request;
  const dryRun = dryRunOf(request.query, 'UpdateOptions');
  const given = decodeObject(body, resource);
  if (given.metadata.name && given.metadata.name !== name) {
    throw badRequest(`the name of the object (${given.metadata.name}) does not match the name on the URL (${name})`);
  }
  const missing = cluster.store.get(resource, namespace, name) === undefined;
  if (missing && subresource === '' && strategyOf(resource).createOnUpdate) {
    given.metadata.name = name;
    return { code: 201, body: createObject(cluster, resource, namespace, given, { dryRun }) };
  }
  const current = getObject(cluster, resource, namespace, name);
  const options = { dryRun, conditional: true };
  return {
    code: 200,
    body: updateObject(cluster, resource, current, subresource as '' | 'status', () => given, options),
  };
}

function patch(cluster: ClusterState, request: ApiRequest, body: string): ApiObject {
  const { resource, namespace, name, subresource } = request;
  const dryRun = dryRunOf(request.query, 'PatchOptions');
  const known = [
    'application/json-patch+json',
    'application/merge-patch+json',
    'application/strategic-merge-patch+json',
  ];
  if (!known.includes(request.contentType)) throw unsupportedMediaType();
  const current = getObject(cluster, resource, namespace, name);
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : error}`);
  }
  const change = (object: ApiObject) => {
    const patched = applyPatch(request.contentType, object, parsed, !resource.custom);
    return checkObject(patched, resource);
  };
  return updateObject(cluster, resource, current, subresource as '' | 'status', change, { dryRun });
}

function deleteOptions(request: ApiRequest, body: string): DeleteOptions {
  const { query } = request;
  const grace = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  const dryRun = query.getAll('dryRun');
  const fromQuery = {
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    ...(dryRun.length === 0 ? {} : { dryRun }),
  };
  if (body.trim() === '') return fromQuery;
  try {
    return { ...fromQuery, ...(JSON.parse(body) as DeleteOptions) };
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : error}`);
  }
}

function remove(cluster: ClusterState, request: ApiRequest, body: string): Answer {
  const { resource, namespace, name } = request;
  const current = getObject(cluster, resource, namespace, name);
  const { object, gone } = deleteObject(cluster, resource, current, deleteOptions(request, body));
  if (gone && !strategyOf(resource).returnsDeleted) return { code: 200, body: deletedStatus(resource, object) };
  return { code: 200, body: object };
}

function removeAll(cluster: ClusterState, request: ApiRequest, body: string): Answer {
  const { resource, namespace } = request;
  const selector = selectorOf(request);
  const options = deleteOptions(request, body);
  const items = cluster.store.list(resource, namespace).filter((object) => selector.matches(object));
  const deleted = items.map((object) => listItem(resource, deleteObject(cluster, resource, object, options).object));
  const metadata = { resourceVersion: String(cluster.store.revision()) };
  return {
    code: 200,
    body: { kind: `${resource.kind}List`, apiVersion: apiVersion(resource), metadata, items: deleted },
  };
}

async function answerSubresource(handling: Handling, request: ApiRequest, body: string): Promise<Answer> {
  const { cluster, authenticator } = handling;
  const key = `${request.resource.plural}/${request.subresource} ${request.method}`;
  switch (key) {
    case 'pods/binding POST':
      return { code: 201, body: bindPod(cluster, request, body) };
    case 'pods/eviction POST':
      return { code: 201, body: evictPod(cluster, request, body) };
    case 'serviceaccounts/token POST':
      return { code: 201, body: issueToken(cluster, authenticator, request, body) };
    case 'pods/log GET':
      return await answerLog(cluster, request);
    case 'pods/exec GET':
      findContainer(cluster, request);
      throw badRequest('Upgrade request required');
    case 'pods/exec POST':
      throw badRequest('unable to upgrade: the embedded API speaks WebSocket only');
    case 'namespaces/finalize PUT':
      return { code: 200, body: finalizeNamespace(cluster, request, body) };
    default:
      throw noSuchResource();
  }
}

async function answerLog(cluster: ClusterState, request: ApiRequest): Promise<Answer> {
  const stream = await openLog(cluster, request);
  // No node, no log: 204, as from a real server.
  return stream === undefined ? { code: 204, text: '' } : { code: 200, stream };
}

/** The namespace controller's last step: without finalizers in its spec the namespace goes. */
function finalizeNamespace(cluster: ClusterState, request: ApiRequest, body: string): ApiObject {
  const { resource, name } = request;
  const current = getObject(cluster, resource, '', name);
  const given = decodeObject(body, resource);
  if (given.metadata.resourceVersion && given.metadata.resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(
      resource,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  }
  const next = { ...current, spec: given.spec ?? {} };
  const finalizers = next.spec.finalizers as unknown[] | undefined;
  const held = (finalizers ?? []).length > 0 || (next.metadata.finalizers ?? []).length > 0;
  if (!held && next.metadata.deletionTimestamp !== undefined) return cluster.store.remove(resource, next);
  return cluster.store.put(resource, next);
}
