import type { IncomingMessage, ServerResponse } from 'node:http';
import test, { type ExecutionContext } from 'ava';
import { ApiError } from '../../src/kubernetes/errors.ts';
import { FollowTimeout, follow } from '../../src/kubernetes/follow.ts';
import { answer, connectTo, failure, serve, targetAt } from './support/server.ts';

const path = '/apis/snapshot.storage.k8s.io/v1/namespaces/bosh/volumesnapshots';

interface Thing {
  readonly phase: string;
}

type Watch = (response: ServerResponse, query: URLSearchParams) => void;

const line = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;
const begin = (response: ServerResponse) => response.writeHead(200, { 'Content-Type': 'application/json' });

/** A collection whose lists and watches go by script; the last of each stays. */
async function collection(
  t: ExecutionContext,
  lists: readonly (Thing | undefined)[],
  watches: readonly Watch[],
  timeoutMs = 10_000,
) {
  const counts = { lists: 0, watches: 0 };
  const queries: URLSearchParams[] = [];
  const { url } = await serve(t, (request: IncomingMessage, response) => {
    const asked = new URL(request.url ?? '', 'http://x');
    t.is(asked.pathname, path);
    t.is(asked.searchParams.get('fieldSelector'), 'metadata.name=s');
    queries.push(asked.searchParams);
    if (asked.searchParams.get('watch') === 'true') {
      watches[Math.min(counts.watches++, watches.length - 1)]?.(response, asked.searchParams);
      return;
    }
    const item = lists[Math.min(counts.lists++, lists.length - 1)];
    answer(response, 200, {
      metadata: { resourceVersion: `rv${counts.lists}` },
      items: item === undefined ? [] : [item],
    });
  });
  return { cluster: connectTo(t, targetAt(url), { timeoutMs }), counts, queries };
}

const ready = (thing: Thing | undefined) => (thing?.phase === 'ready' ? 'done' : undefined);
const waiting = { phase: 'waiting' };

test('what the list shows is enough', async (t) => {
  const { cluster, counts } = await collection(t, [{ phase: 'ready' }], []);
  t.is(await follow<Thing, string>(cluster, { path }, 's', { timeoutMs: 5000, decide: ready }), 'done');
  t.deepEqual(counts, { lists: 1, watches: 0 });
});

test('absence can be the answer, at once or by a deletion', async (t) => {
  const gone = (thing: Thing | undefined) => (thing === undefined ? true : undefined);
  const first = await collection(t, [undefined], []);
  t.true(await follow(first.cluster, { path }, 's', { timeoutMs: 5000, decide: gone }));
  const watch: Watch = (response) => begin(response).write(line('DELETED', waiting));
  const second = await collection(t, [waiting], [watch]);
  t.true(await follow(second.cluster, { path }, 's', { timeoutMs: 5000, decide: gone }));
});

test('the watch starts where the list ended, with bookmarks, which decide nothing', async (t) => {
  const watch: Watch = (response) => {
    begin(response).write(line('BOOKMARK', { phase: 'ready' }) + line('MODIFIED', waiting));
    response.write(line('MODIFIED', { phase: 'ready' }));
  };
  const { cluster, queries } = await collection(t, [waiting], [watch]);
  const seen: (Thing | undefined)[] = [];
  const decide = (thing: Thing | undefined) => {
    seen.push(thing);
    return ready(thing);
  };
  await follow<Thing, string>(cluster, { path }, 's', { timeoutMs: 5000, decide });
  t.deepEqual(seen, [waiting, waiting, { phase: 'ready' }]);
  t.is(queries[1]?.get('resourceVersion'), 'rv1');
  t.is(queries[1]?.get('allowWatchBookmarks'), 'true');
});

test('from a known state the watch starts at once, and only when it ends is listed', async (t) => {
  const watches: readonly Watch[] = [
    (response) => begin(response).end(line('MODIFIED', waiting)),
    (response) => begin(response).write(line('MODIFIED', { phase: 'ready' })),
  ];
  const { cluster, counts, queries } = await collection(t, [waiting], watches);
  const known = { object: waiting, resourceVersion: 'rv-known' };
  t.is(await follow<Thing, string>(cluster, { path }, 's', { timeoutMs: 5000, known, decide: ready }), 'done');
  t.is(queries[0]?.get('resourceVersion'), 'rv-known');
  t.is(queries[0]?.get('watch'), 'true');
  t.deepEqual(counts, { lists: 1, watches: 2 });
});

const endings: Readonly<Record<string, Watch>> = {
  'a stream that closes': (response) => begin(response).end(),
  'a stream cut in the middle of an event': (response) => {
    begin(response).write(line('MODIFIED', waiting) + line('MODIFIED', { phase: 'ready' }).slice(0, 20));
    setImmediate(() => response.destroy());
  },
  'a reset': (response) => response.socket?.destroy(),
  'a 410 event': (response) => begin(response).write(line('ERROR', failure(410, 'Expired', 'too old'))),
  'a 410 answer': (response) => answer(response, 410, failure(410, 'Expired', 'too old')),
  'a 500': (response) => answer(response, 500, failure(500, 'InternalError', 'etcd')),
  'a 429': (response) => answer(response, 429, failure(429, 'TooManyRequests', 'slow')),
  garbage: (response) => begin(response).write('{"type":\n'),
  'no answer': () => {},
};

for (const [name, watch] of Object.entries(endings)) {
  test(`${name} lists again`, async (t) => {
    const { cluster, counts } = await collection(t, [waiting, waiting, { phase: 'ready' }], [watch], 2000);
    t.is(await follow<Thing, string>(cluster, { path }, 's', { timeoutMs: 20_000, decide: ready }), 'done');
    t.deepEqual(counts, { lists: 3, watches: 2 });
  });
}

test('a server that ends every watch is asked ever less often', async (t) => {
  const { cluster, counts } = await collection(t, [waiting], [(response) => begin(response).end()]);
  await t.throwsAsync(follow<Thing, string>(cluster, { path }, 's', { timeoutMs: 2000, decide: ready }), {
    instanceOf: FollowTimeout,
  });
  t.true(counts.lists <= 12, `${counts.lists} lists in two seconds`);
});

test('the bound holds on a silent watch, and the error has the object as last seen', async (t) => {
  const watch: Watch = (response) => begin(response).write(line('MODIFIED', { phase: 'nearly' }));
  const { cluster } = await collection(t, [waiting], [watch]);
  const waited = follow<Thing, string>(cluster, { path }, 's', { timeoutMs: 3000, decide: ready });
  const error = await t.throwsAsync(waited, { instanceOf: FollowTimeout });
  t.deepEqual((error as FollowTimeout<Thing>).last, { phase: 'nearly' });
});

test('a watch that is forbidden is an error, not a wait', async (t) => {
  const watch: Watch = (response) => answer(response, 403, failure(403, 'Forbidden', 'cannot watch'));
  const { cluster } = await collection(t, [waiting], [watch]);
  const waited = follow<Thing, string>(cluster, { path }, 's', { timeoutMs: 20_000, decide: ready });
  const error = await t.throwsAsync(waited, { instanceOf: ApiError });
  t.is(error?.verb, 'watch');
  t.is(error?.resource, 'volumesnapshots.snapshot.storage.k8s.io');
});

test('what decide throws comes out, from the list and from the watch, and the watch is closed', async (t) => {
  let closed: () => void = () => {};
  const closing = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const watch: Watch = (response) => {
    response.on('close', closed);
    begin(response).write(line('MODIFIED', { phase: 'failed' }));
  };
  const { cluster, counts } = await collection(t, [waiting], [watch]);
  const decide = async (thing: Thing | undefined) => {
    // An error of a kind that the watch itself would go on after.
    if (thing?.phase === 'failed')
      throw new ApiError({ verb: 'get', resource: 'x', status: 503, reason: 'X', message: 'mine' });
    return undefined;
  };
  await t.throwsAsync(follow<Thing, string>(cluster, { path }, 's', { timeoutMs: 20_000, decide }), {
    message: 'mine',
  });
  await closing;
  t.is(counts.watches, 1);
});
