import type { ApiObject } from './object.ts';
import { apiVersion, type Resource } from './resources.ts';
import { ApiStatus } from './status.ts';
import { tableMaker } from './tables/table.ts';

/** What an answer is made of: whole objects, their metadata alone (one of them, or a list), or rows of a Table. */
export type Representation = 'whole' | 'metadata' | 'metadata list' | 'table';

const TRANSFORMED: Readonly<Record<string, Representation>> = {
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadata list',
  Table: 'table',
};

/**
 * What the Accept header asks for: the first of its types that can be had.
 * @throws ApiStatus 406 when there is none
 */
export function representationOf(accept: string | undefined): Representation {
  for (const part of (accept ?? '*/*').split(',')) {
    const [type = '', ...parameters] = part.split(';').map((word) => word.trim());
    if (!['application/json', 'application/*', '*/*'].includes(type)) continue;
    const { as, g, v } = Object.fromEntries(parameters.map((parameter) => parameter.split('='))) as Parameters;
    if (as === undefined) return 'whole';
    const found = g === 'meta.k8s.io' && v === 'v1' ? TRANSFORMED[as] : undefined;
    if (found !== undefined) return found;
  }
  throw notAcceptable(
    'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  );
}

type Parameters = { readonly [name in 'as' | 'g' | 'v']?: string };

function notAcceptable(message: string): ApiStatus {
  return new ApiStatus(406, 'NotAcceptable', message);
}

/** An object, as metadata alone. */
function metadataOf({ metadata }: ApiObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

/** Items of built-in kinds carry no kind and version of their own; those of custom resources do. */
export function listItem(resource: Resource, object: ApiObject): object {
  if (resource.custom) return object;
  const { kind: _kind, apiVersion: _version, ...rest } = object;
  return rest;
}

/** What of a request decides on the representation. */
interface Wanted {
  readonly resource: Resource;
  readonly query: URLSearchParams;
  readonly representation: Representation;
}

/**
 * A list as the request wants it.
 * @throws ApiStatus 406 for the representation of a single object
 */
export function representList(
  { resource, query, representation }: Wanted,
  objects: readonly ApiObject[],
  metadata: object,
): object {
  switch (representation) {
    case 'whole': {
      const items = objects.map((object) => listItem(resource, object));
      return { kind: `${resource.kind}List`, apiVersion: apiVersion(resource), metadata, items };
    }
    case 'metadata list': {
      const items = objects.map(metadataOf);
      return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items };
    }
    case 'metadata':
      throw notAcceptable(
        `you requested PartialObjectMetadata, but the requested object is a list (${goType(resource)}List)`,
      );
    case 'table':
      return tableMaker(resource, query)(objects, metadata);
  }
}

/**
 * One object as the request wants it.
 * @throws ApiStatus 406 for the representation of a list
 */
export function representOne({ resource, query, representation }: Wanted, object: ApiObject): object {
  switch (representation) {
    case 'whole':
      return object;
    case 'metadata':
      return metadataOf(object);
    case 'metadata list':
      throw notAcceptable(
        `you requested PartialObjectMetadataList, but the requested object is not a list (${goType(resource)})`,
      );
    case 'table':
      return tableMaker(resource, query)([object], { resourceVersion: object.metadata.resourceVersion });
  }
}

/**
 * The way to show the objects of one watch, event by event.
 * @returns undefined for an object that cannot be shown so, of which a real server sends nothing
 */
export function representEach(wanted: Wanted): (object: ApiObject) => object | undefined {
  const { resource, query, representation } = wanted;
  if (representation === 'metadata list') return () => undefined;
  if (representation !== 'table') return (object) => representOne(wanted, object);
  const table = tableMaker(resource, query);
  return (object) => table([object], { resourceVersion: object.metadata.resourceVersion });
}

function goType({ group, kind }: Resource): string {
  return `*${group === '' ? 'core' : group.split('.')[0]}.${kind}`;
}
