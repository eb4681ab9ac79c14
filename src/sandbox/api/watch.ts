import type { ServerResponse } from 'node:http';
import { parseInteger, selectorOf } from './list.ts';
import { type ApiObject, view } from './object.ts';
import { representEach } from './representation.ts';
import type { ApiRequest } from './request.ts';
import { apiVersion, type Resource } from './resources.ts';
import type { Selector } from './selectors.ts';
import { expired, unreasoned } from './status.ts';
import type { Change, Store } from './store.ts';

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

const DEFAULT_TIMEOUT_SECONDS = 30 * 60;
const INITIAL_END = 'k8s.io/initial-events-end';

export interface WatchOptions {
  /** How often an idle watch gets a bookmark, in milliseconds. A real server: about a minute. */
  readonly bookmarkMs: number;
}

/** Answers a watch and keeps it open until its timeout or until the client goes. */
export function serveWatch(store: Store, request: ApiRequest, response: ServerResponse, options: WatchOptions): void {
  const { query, resource, namespace } = request;
  const selector = selectorOf(request);
  const seconds = parseInteger(query.get('timeoutSeconds') ?? '') || DEFAULT_TIMEOUT_SECONDS;
  const version = query.get('resourceVersion') ?? '';
  if (version !== '' && !/^\d+$/.test(version)) {
    const shown = JSON.stringify(version);
    throw unreasoned(`resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: invalid syntax`);
  }
  const bookmarks = flag(query, 'allowWatchBookmarks');
  const initial = flag(query, 'sendInitialEvents');
  const represent = representEach(request);
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();

  let sent = store.revision();
  const write = (type: EventType, object: object | undefined) => {
    if (object !== undefined) response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const send = (type: EventType, object: ApiObject) => write(type, represent(object));
  const sendBookmark = (annotations?: Record<string, string>) => {
    const metadata = { resourceVersion: String(sent), creationTimestamp: null, ...(annotations && { annotations }) };
    send('BOOKMARK', view<ApiObject>({ kind: resource.kind, apiVersion: apiVersion(resource), metadata }));
  };
  const deliver = (change: Change) => {
    sent = Math.max(sent, change.revision);
    const event = project(change, resource, namespace, selector);
    if (event !== undefined) send(event.type, event.object);
  };

  const from = Number(version);
  if (version === '' || from === 0 || initial) {
    for (const object of store.list(resource, namespace)) if (selector.matches(object)) send('ADDED', object);
    if (initial && bookmarks) sendBookmark({ [INITIAL_END]: 'true' });
  } else if (from < store.compacted()) {
    write('ERROR', expired(`too old resource version: ${from} (${store.compacted()})`).body());
    response.end();
    return;
  } else {
    for (const change of store.changesSince(from)) deliver(change);
    sent = Math.max(from, sent);
  }

  const stop = store.subscribe(deliver);
  const ticker = setInterval(() => bookmarks && sendBookmark(), options.bookmarkMs);
  const timer = setTimeout(() => {
    if (bookmarks) sendBookmark();
    // a client that reads slowly has yet to take what was sent: the response closes later than it ends
    cease();
    response.end();
  }, seconds * 1000);
  function cease(): void {
    stop();
    clearInterval(ticker);
    clearTimeout(timer);
  }
  response.on('close', cease);
}

/**
 * A change as one watcher sees it: an object that comes into the selection is ADDED, one that leaves it is DELETED
 * with its last selected state.
 */
function project(change: Change, resource: Resource, namespace: string, selector: Selector) {
  if (change.resource !== resource) return undefined;
  if (namespace !== '' && change.object.metadata.namespace !== namespace) return undefined;
  const before = change.previous !== undefined && selector.matches(change.previous);
  const now = change.type !== 'DELETED' && selector.matches(change.object);
  if (before && now) return { type: 'MODIFIED' as const, object: change.object };
  if (now) return { type: 'ADDED' as const, object: change.object };
  if (!before || change.previous === undefined) return undefined;
  return { type: 'DELETED' as const, object: atRevision(change.previous, change.revision) };
}

function atRevision(object: ApiObject, revision: number): ApiObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

function flag(query: URLSearchParams, name: string): boolean {
  return ['1', 'true'].includes(query.get(name) ?? '');
}
