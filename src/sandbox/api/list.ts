import type { ApiObject } from './object.ts';
import { representList } from './representation.ts';
import type { ApiRequest } from './request.ts';
import type { Resource } from './resources.ts';
import { both, parseFieldSelector, parseLabelSelector, type Selector } from './selectors.ts';
import { ApiStatus, badRequest, expired } from './status.ts';
import type { Store } from './store.ts';
import { objectKey } from './store.ts';
import { fieldReaders, strategyOf } from './strategies/index.ts';

const EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** Snapshots of lists that are being continued: a page shows the state of its first page. */
export interface Snapshots {
  keep(revision: number, key: string, objects: readonly ApiObject[]): void;
  find(revision: number, key: string): readonly ApiObject[] | undefined;
}

/** @param limit how many unfinished lists are remembered */
export function createSnapshots(limit = 32): Snapshots {
  const kept = new Map<string, readonly ApiObject[]>();
  return {
    keep(revision, key, objects) {
      kept.set(`${revision} ${key}`, objects);
      const oldest = kept.keys().next().value;
      if (kept.size > limit && oldest !== undefined) kept.delete(oldest);
    },
    find: (revision, key) => kept.get(`${revision} ${key}`),
  };
}

/** The selector of a list, watch or deletecollection. A name in the path counts as a field selector. */
export function selectorOf({ query, resource, name }: ApiRequest): Selector {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', fieldReaders(resource), unknownField(resource));
  const named: Selector =
    name === '' ? labels : both(labels, { empty: false, matches: (object) => object.metadata.name === name });
  return both(named, fields);
}

/** Kinds with fields of their own word it otherwise than those with the fields every kind has. */
function unknownField(resource: Resource): (field: string) => string {
  if (resource.custom || strategyOf(resource).fields !== undefined)
    return (field) => `field label not supported: ${field}`;
  return (field) =>
    `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

/** GET of a collection. */
export function listObjects(store: Store, snapshots: Snapshots, request: ApiRequest): object {
  const { query, resource, namespace } = request;
  const selector = selectorOf(request);
  const limit = parseInteger(query.get('limit') ?? '');
  checkVersion(store, query);
  const key = `${resource.group}/${resource.plural} ${namespace}`;
  const token = query.get('continue') ?? '';
  let revision = store.revision();
  let objects: readonly ApiObject[];
  if (token === '') {
    objects = store.list(resource, namespace);
  } else {
    const { rv, start } = decodeContinue(token);
    const after = (object: ApiObject) => objectKey(object.metadata.namespace ?? '', object.metadata.name) >= start;
    if (rv === -1) objects = store.list(resource, namespace).filter(after);
    else {
      const snapshot = rv > store.compacted() ? snapshots.find(rv, key) : undefined;
      if (snapshot === undefined && rv !== revision) throw expired(EXPIRED, encodeContinue(-1, start));
      revision = rv;
      objects = (snapshot ?? store.list(resource, namespace)).filter(after);
    }
  }
  const { items, next, rest } = page(objects, selector, limit);
  // Custom resources show an empty token where the others show none.
  const metadata: Record<string, unknown> = {
    ...(resource.custom && request.representation === 'whole' ? { continue: '' } : {}),
    resourceVersion: String(revision),
  };
  if (next !== undefined) {
    if (token === '') snapshots.keep(revision, key, objects);
    metadata.continue = encodeContinue(revision, next);
    if (selector.empty) metadata.remainingItemCount = rest;
  }
  return representList(request, items, metadata);
}

function page(objects: readonly ApiObject[], selector: Selector, limit: number) {
  const items: ApiObject[] = [];
  for (const [index, object] of objects.entries()) {
    if (limit > 0 && items.length === limit) {
      const last = objects[index - 1];
      const key = last === undefined ? '' : objectKey(last.metadata.namespace ?? '', last.metadata.name);
      return { items, next: `${key}\0`, rest: objects.length - index };
    }
    if (selector.matches(object)) items.push(object);
  }
  return { items, next: undefined, rest: 0 };
}

function encodeContinue(revision: number, start: string): string {
  const json = JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start });
  return Buffer.from(json).toString('base64url');
}

function decodeContinue(token: string): { rv: number; start: string } {
  try {
    const parsed = JSON.parse(Buffer.from(token, 'base64url').toString()) as { rv?: number; start?: string };
    if (typeof parsed.rv === 'number' && typeof parsed.start === 'string')
      return { rv: parsed.rv, start: parsed.start };
  } catch {
    // Answered below, as every other token that is none.
  }
  throw badRequest('invalid continue token: continue key is not valid: illegal base64 data at input byte 0');
}

/** A whole number of the query, 0 when absent. @throws ApiStatus 400 */
export function parseInteger(text: string): number {
  if (text === '') return 0;
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function checkVersion(store: Store, query: URLSearchParams): void {
  const version = query.get('resourceVersion') ?? '';
  if (version === '') return;
  if (!/^\d+$/.test(version)) {
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(version)}: strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`,
    );
  }
  if (Number(version) > store.revision()) throw tooLarge(version, store.revision());
}

/** A revision that is still to come; the real server waits 3 s before it says so. */
function tooLarge(version: string, current: number): ApiStatus {
  return new ApiStatus(504, 'Timeout', `Timeout: Too large resource version: ${version}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
