import type { ApiObject, Metadata } from './object.ts';
import { apiVersion, type Resource } from './resources.ts';
import { badRequest } from './status.ts';

/**
 * The object of a request body, with kind and apiVersion filled in.
 * @throws ApiStatus 400 where Go could not decode it into the resource's type
 */
export function decodeObject(body: string, resource: Resource): ApiObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): couldn't get version/kind; json parse error: ${why} (${body.slice(0, 20)})`,
    );
  }
  return checkObject(parsed, resource);
}

/** The same for what a patch made. */
export function checkObject(parsed: unknown, resource: Resource): ApiObject {
  const version = apiVersion(resource);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    const got = Array.isArray(parsed) ? 'array' : typeof parsed;
    const shown = Buffer.from(JSON.stringify(parsed)).toString('hex');
    throw badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${got} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (${shown})`,
    );
  }
  const object = parsed as Partial<ApiObject>;
  const sameVersion = object.apiVersion === undefined || object.apiVersion === '' || object.apiVersion === version;
  if (object.kind !== undefined && object.kind !== '' && object.kind !== resource.kind) {
    const given = String(object.kind);
    const [group = '', shown = 'v1'] = object.apiVersion?.includes('/')
      ? object.apiVersion.split('/')
      : ['', object.apiVersion];
    throw badRequest(
      `${given} in version ${JSON.stringify(shown)} cannot be handled as a ${resource.kind}: converting (${shown}.${given}) to (${resource.group === '' ? 'core' : (group || 'core').split('.')[0]}.${resource.kind}): unknown conversion`,
    );
  }
  if (!sameVersion) {
    const shown = JSON.stringify(object.apiVersion);
    throw badRequest(
      `${resource.kind} in version ${shown} cannot be handled as a ${resource.kind}: no kind "${resource.kind}" is registered for version ${shown} in scheme "embedded"`,
    );
  }
  const metadata = (object.metadata ?? {}) as Metadata;
  expectStrings(metadata.labels, 'labels', resource);
  expectStrings(metadata.annotations, 'annotations', resource);
  // Go leaves nil maps and lists out of the JSON.
  for (const key of Object.keys(metadata) as (keyof Metadata)[]) {
    if (metadata[key] === null || isEmpty(metadata[key])) delete metadata[key];
  }
  return { ...object, kind: resource.kind, apiVersion: version, metadata };
}

function expectStrings(map: unknown, field: string, resource: Resource): void {
  if (map === undefined || map === null) return;
  for (const value of Object.values(map as Record<string, unknown>)) {
    if (typeof value === 'string') continue;
    const got =
      typeof value === 'boolean' ? 'bool' : value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
    if (got === 'null') continue;
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: json: cannot unmarshal ${got} into Go struct field ObjectMeta.metadata.${field} of type string`,
    );
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
