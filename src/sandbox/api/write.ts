import { randomInt, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { admitNamespace } from './admission/namespace-lifecycle.ts';
import type { ClusterState } from './cluster-state.ts';
import { type ApiObject, copy, timestamp } from './object.ts';
import type { Resource } from './resources.ts';
import { alreadyExists, badRequest, conflict, notFound, unreasoned } from './status.ts';
import { strategyOf } from './strategies/index.ts';
import { type FieldError, invalid, invalidStatus } from './validation/field.ts';
import { validateMetadata, validateMetadataUpdate } from './validation/metadata.ts';

export interface WriteOptions {
  readonly dryRun: boolean;
}

/** POST: defaults, admission, validation, storage, in a real server's order. */
export function createObject(
  cluster: ClusterState,
  resource: Resource,
  namespace: string,
  given: ApiObject,
  { dryRun }: WriteOptions,
): ApiObject {
  const strategy = strategyOf(resource);
  const object = copy(given);
  const { metadata } = object;
  if (resource.namespaced && metadata.namespace !== undefined && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (resource.namespaced) metadata.namespace = namespace;
  else delete metadata.namespace;
  strategy.decode?.(object);
  strategy.defaults?.(object);
  if (!metadata.name && metadata.generateName) metadata.name = generateName(metadata.generateName);
  metadata.name ??= '';
  admitNamespace(cluster, resource, namespace);
  const givenVersion = metadata.resourceVersion;
  metadata.uid = randomUUID();
  metadata.creationTimestamp = timestamp();
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.managedFields;
  delete metadata.generation;
  if (resource.generation) metadata.generation = 1;
  if (resource.status && !resource.custom) delete object.status;
  if (resource.custom) delete object.status;
  strategy.prepareCreate?.(object, cluster);
  refuse(resource, object, [
    ...validateMetadata(object, resource, strategy.nameRule),
    ...(strategy.validate?.(object, cluster) ?? []),
  ]);
  strategy.admit?.(object, cluster);
  refuse(resource, object, strategy.allocate?.(object, undefined, cluster, dryRun) ?? []);
  if (givenVersion) throw unreasoned('resourceVersion should not be set on objects to be created');
  const existing = cluster.store.get(resource, namespace, metadata.name);
  if (existing !== undefined) {
    if (!dryRun) strategy.release?.(object, cluster);
    throw alreadyExists(resource, metadata.name, existing.metadata.deletionTimestamp !== undefined);
  }
  if (dryRun) return object;
  return cluster.store.put(resource, object);
}

/**
 * PUT and PATCH of an object or its status.
 * @param change makes the wanted object out of the current one; the current one must stay as it is
 */
export function updateObject(
  cluster: ClusterState,
  resource: Resource,
  current: ApiObject,
  subresource: '' | 'status',
  change: (current: ApiObject) => ApiObject,
  { dryRun, conditional = false }: WriteOptions & { conditional?: boolean },
): ApiObject {
  const strategy = strategyOf(resource);
  const next = copy(change(current));
  const { metadata } = next;
  const { name } = current.metadata;
  if (metadata.name && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  metadata.name = name;
  if (metadata.namespace && metadata.namespace !== current.metadata.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (current.metadata.namespace) metadata.namespace = current.metadata.namespace;
  if (conditional && metadata.uid && metadata.uid !== current.metadata.uid) {
    throw conflict(
      resource,
      name,
      `StorageError: invalid object, Code: 4, Key: /registry/${resource.plural}/${current.metadata.namespace ? `${current.metadata.namespace}/` : ''}${name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${current.metadata.uid}`,
    );
  }
  metadata.uid ||= current.metadata.uid;
  if (!metadata.resourceVersion || metadata.resourceVersion === '0') {
    if (strategy.conditionalUpdate || resource.custom) {
      const error = invalid('metadata.resourceVersion', 0, 'must be specified for an update');
      throw invalidStatus(resource.plural, resource.group, name, [error]);
    }
  } else if (metadata.resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(
      resource,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  }
  metadata.resourceVersion = current.metadata.resourceVersion;
  metadata.creationTimestamp = current.metadata.creationTimestamp;
  keep(metadata, current.metadata, ['deletionTimestamp', 'deletionGracePeriodSeconds', 'generation']);
  delete metadata.managedFields;
  if (subresource === 'status') {
    for (const key of Object.keys(next)) if (!['metadata', 'status'].includes(key)) delete next[key];
    for (const key of Object.keys(current)) if (!['metadata', 'status'].includes(key)) next[key] = current[key];
    if (resource.custom) next.metadata = copy(current.metadata);
    keep(next.metadata, current.metadata, ['ownerReferences', 'finalizers']);
    strategy.defaultStatus?.(next);
  } else {
    if (resource.status) keep(next, current, ['status']);
    strategy.decode?.(next);
    strategy.defaults?.(next);
    strategy.prepareUpdate?.(next, current, cluster);
  }
  refuse(resource, next, [
    ...validateMetadataUpdate(next.metadata, current.metadata),
    ...(subresource === '' ? (strategy.validateUpdate?.(next, current, cluster) ?? []) : []),
  ]);
  if (subresource === '') strategy.admitUpdate?.(next, current, cluster);
  if (resource.generation && !isDeepStrictEqual(plain(next.spec), plain(current.spec))) {
    next.metadata.generation = (current.metadata.generation ?? 0) + 1;
  }
  if (isDeepStrictEqual(plain(next), plain(current))) return current;
  refuse(resource, next, strategy.allocate?.(next, current, cluster, dryRun) ?? []);
  if (dryRun) return next;
  if (isFinished(next)) {
    strategy.release?.(next, cluster);
    return cluster.store.remove(resource, next);
  }
  return cluster.store.put(resource, next);
}

/** An object under deletion goes as soon as nobody holds it: no finalizer and no grace left. */
function isFinished({ metadata }: ApiObject): boolean {
  if (metadata.deletionTimestamp === undefined) return false;
  return (metadata.finalizers ?? []).length === 0 && (metadata.deletionGracePeriodSeconds ?? 0) === 0;
}

/** Throws 404 unless the object is there. */
export function getObject(cluster: ClusterState, resource: Resource, namespace: string, name: string): ApiObject {
  const object = cluster.store.get(resource, namespace, name);
  if (object === undefined) throw notFound(resource, name);
  return object;
}

/** Comparison on the wire's terms: absent and undefined are the same. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function keep<T extends object>(next: T, current: T, fields: readonly (keyof T)[]): void {
  for (const field of fields) {
    if (current[field] === undefined) delete next[field];
    else next[field] = copy(current[field]);
  }
}

function refuse(resource: Resource, object: ApiObject, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidStatus(resource.kind, resource.group, object.metadata.name ?? '', errors);
}

const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

function generateName(prefix: string): string {
  let suffix = '';
  for (let i = 0; i < 5; i += 1) suffix += SUFFIX_ALPHABET[randomInt(SUFFIX_ALPHABET.length)];
  return prefix.slice(0, 58) + suffix;
}
