import type { ApiObject } from './object.ts';
import { apiVersion, type Resource } from './resources.ts';
import { ApiStatus } from './status.ts';

/** How much of an object an answer shows. */
export type Representation = 'whole' | 'metadata';

const AVAILABLE = 'Available representations: application/json, application/yaml, application/vnd.kubernetes.protobuf';

/**
 * What the Accept header asks for.
 * @throws ApiStatus 406 where JSON is not among it
 */
export function representationOf(accept: string | undefined): Representation {
  const types = (accept ?? '*/*').split(',').map((type) => type.trim());
  const json = types.find((type) => /^(application\/(json|\*)|\*\/\*)/.test(type) && !/;as=Table/.test(type));
  if (json === undefined) throw new ApiStatus(406, 'NotAcceptable', `406: Not Acceptable\n\n${AVAILABLE}`, {});
  return /;as=PartialObjectMetadata(List)?\b/.test(json) ? 'metadata' : 'whole';
}

/** An object as it stands alone or in a watch. */
export function represent(object: ApiObject, representation: Representation): object {
  return representation === 'whole' ? object : metadataOf(object);
}

/** Items of built-in kinds carry no kind and version of their own; those of custom resources do. */
export function representItem(resource: Resource, object: ApiObject, representation: Representation): object {
  if (representation === 'metadata') return metadataOf(object);
  if (resource.custom) return object;
  const { kind: _kind, apiVersion: _version, ...rest } = object;
  return rest;
}

/** Kind and version of a list. */
export function listKind(resource: Resource, representation: Representation): { kind: string; apiVersion: string } {
  return representation === 'metadata'
    ? { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' }
    : { kind: `${resource.kind}List`, apiVersion: apiVersion(resource) };
}

function metadataOf({ metadata }: ApiObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}
