import type { IncomingMessage } from 'node:http';
import { type Representation, representationOf } from './representation.ts';
import { findResource, type Resource } from './resources.ts';
import { ApiStatus, noSuchResource } from './status.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** A request for a resource, as authorisation, fault injection and the handlers see it. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly verb: Verb;
  readonly resource: Resource;
  /** Empty for all namespaces and for cluster-wide resources. */
  readonly namespace: string;
  /** Empty for collections. */
  readonly name: string;
  /** `status`, `exec`, `log`, `binding`, `eviction`, `token`, `resize` or empty. */
  readonly subresource: string;
  readonly contentType: string;
  readonly userAgent: string;
  readonly representation: Representation;
}

/**
 * Reads method and path of a request for a resource.
 * @returns undefined when the path belongs to no served API group
 * @throws ApiStatus 404 for an unknown resource of a served group
 */
export function parseRequest(message: IncomingMessage, served: ReadonlySet<string>): ApiRequest | undefined {
  const url = new URL(message.url ?? '/', 'http://localhost');
  const parts = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const group = parts[0] === 'api' ? '' : (parts[1] ?? '');
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3);
  const version = parts[0] === 'api' ? parts[1] : parts[2];
  if ((parts[0] !== 'api' && parts[0] !== 'apis') || rest.length === 0) return undefined;
  if (!served.has(`${group}/${version}`)) return undefined;

  let namespace = '';
  let path = rest;
  if (rest[0] === 'namespaces' && rest.length > 2 && !['status', 'finalize'].includes(rest[2] ?? '')) {
    namespace = rest[1] ?? '';
    path = rest.slice(2);
  }
  const [plural = '', name = '', subresource = ''] = path;
  const resource = findResource(group, plural);
  const misplaced = resource?.namespaced ? namespace === '' && name !== '' : namespace !== '';
  if (resource === undefined || misplaced) throw noSuchResource();
  return {
    method: message.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    verb: verbOf(message.method ?? 'GET', name, url.searchParams, subresource),
    resource,
    namespace,
    name,
    subresource,
    contentType: (message.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '',
    userAgent: message.headers['user-agent'] ?? '',
    representation: representationOf(message.headers.accept),
  };
}

function verbOf(method: string, name: string, query: URLSearchParams, subresource: string): Verb {
  switch (method) {
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete';
    default:
      if (subresource === '' && ['1', 'true'].includes(query.get('watch') ?? '')) return 'watch';
      return name === '' ? 'list' : 'get';
  }
}

const BODY_LIMIT_BYTES = 3 * 1024 * 1024;

/** The whole body as text. @throws ApiStatus 413 above the real server's 3 MiB */
export async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) {
      throw new ApiStatus(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${BODY_LIMIT_BYTES}`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Whether the request asks for a dry run. @throws ApiStatus 422 for anything but All */
export function dryRunOf(query: URLSearchParams, kind: string): boolean {
  const values = query.getAll('dryRun').filter((value) => value !== '');
  if (values.some((value) => value !== 'All')) {
    const body = `Unsupported value: ${JSON.stringify(values)}: supported values: "All"`;
    throw new ApiStatus(422, 'Invalid', `${kind}.meta.k8s.io "" is invalid: dryRun: ${body}`, {
      group: 'meta.k8s.io',
      kind,
      causes: [{ reason: 'FieldValueNotSupported', message: body, field: 'dryRun' }],
    });
  }
  return values.length > 0;
}
