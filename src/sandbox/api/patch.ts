import { isDeepStrictEqual } from 'node:util';
import { badRequest, unprocessable, unsupportedMediaType } from './status.ts';
import { strategicMerge } from './strategic-merge.ts';

type Json = unknown;
type JsonObject = Record<string, Json>;

/**
 * The object after a PATCH, by content type.
 * @param strategic whether the resource knows strategic merge (custom resources do not)
 * @throws ApiStatus 400 for what is no patch, 415 for another content type, 422 for a JSON patch that does not apply
 */
export function applyPatch(contentType: string, object: Json, patch: Json, strategic: boolean): Json {
  switch (contentType) {
    case 'application/merge-patch+json':
      return mergePatch(object, patch);
    case 'application/json-patch+json':
      return jsonPatch(object, patch);
    case 'application/strategic-merge-patch+json':
      if (strategic) return strategicMerge(object, patch);
      throw unsupportedMediaType(
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      );
    default:
      throw unsupportedMediaType();
  }
}

/** RFC 7386. */
function mergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: Json;
}

/** RFC 6902. */
function jsonPatch(target: Json, patch: Json): Json {
  if (!Array.isArray(patch)) {
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    );
  }
  let result = structuredClone(target);
  for (const operation of patch as Operation[]) result = applyOperation(result, operation);
  return result;
}

function applyOperation(document: Json, { op, path, from, value }: Operation): Json {
  switch (op) {
    case 'test':
      if (!isDeepStrictEqual(read(document, path), value)) throw unprocessable();
      return document;
    case 'add':
      return write(document, path, value, 'add');
    case 'replace':
      read(document, path);
      return write(document, path, value, 'replace');
    case 'remove':
      read(document, path);
      return write(document, path, undefined, 'remove');
    case 'copy':
      return write(document, path, structuredClone(read(document, from ?? '')), 'add');
    case 'move': {
      const moved = read(document, from ?? '');
      return write(write(document, from ?? '', undefined, 'remove'), path, moved, 'add');
    }
    default:
      throw unprocessable();
  }
}

function segments(path: string): string[] {
  if (path === '') return [];
  return path
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(document: Json, path: string): Json {
  let at = document;
  for (const segment of segments(path)) {
    if (Array.isArray(at) && Number(segment) < at.length) at = at[Number(segment)];
    else if (isObject(at) && segment in at) at = at[segment];
    else throw unprocessable();
  }
  return at;
}

function write(document: Json, path: string, value: Json, mode: 'add' | 'replace' | 'remove'): Json {
  const keys = segments(path);
  const last = keys.pop();
  if (last === undefined) return value;
  const parent = read(document, keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''));
  if (Array.isArray(parent)) {
    const index = last === '-' ? parent.length : Number(last);
    if (!(index >= 0 && index <= parent.length)) throw unprocessable();
    if (mode === 'remove') parent.splice(index, 1);
    else parent.splice(index, mode === 'replace' ? 1 : 0, value);
  } else if (isObject(parent)) {
    if (mode === 'remove') delete parent[last];
    else parent[last] = value;
  } else throw unprocessable();
  return document;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
