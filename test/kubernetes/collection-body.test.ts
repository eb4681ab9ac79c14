import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { root } from '../../scripts/root.ts';
import { type CollectionEvent, readEvents, readPage } from '../../src/kubernetes/collection-body.ts';
import { type Claim, claimShape, type Pod, podShape } from '../../src/kubernetes/objects.ts';

// recorded from a Kubernetes 1.34 API server, in both of its forms
const fixture = (name: string) => readFileSync(join(root, 'test/fixtures/protobuf', name));

async function* chunks(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function events(...parts: readonly Uint8Array[]): Promise<readonly CollectionEvent<Claim>[]> {
  const all: CollectionEvent<Claim>[] = [];
  for await (const batch of readEvents(chunks(...parts), claimShape)) all.push(...batch);
  return all;
}

async function pods(...parts: readonly Uint8Array[]) {
  const items: Pod[] = [];
  const page = await readPage(chunks(...parts), podShape, (some) => items.push(...some));
  return { ...page, items };
}

/** Everything that was decoded is in the JSON, under the same names. @returns paths of the values */
function paths(t: ExecutionContext, decoded: unknown, json: unknown, path = ''): readonly string[] {
  if (typeof decoded !== 'object' || decoded === null) {
    if (/(Timestamp|Time|At)$/.test(path)) t.is(Date.parse(String(decoded)), Date.parse(String(json)), path);
    else t.is(decoded, json as never, path);
    return [path.replace(/\d+/g, '#')];
  }
  if (Array.isArray(decoded)) t.is(decoded.length, (json as unknown[]).length, path);
  return Object.entries(decoded).flatMap(([key, value]) =>
    paths(t, value, (json as Record<string, unknown> | undefined)?.[key], `${path}/${key}`),
  );
}

test('a page of pods in protobuf says what it says in JSON', async (t) => {
  const page = await pods(fixture('pods.bin'));
  const json = await pods(fixture('pods.json'));
  t.is(page.items.length, 2);
  t.deepEqual([page.isStreamed, json.isStreamed], [true, false]);
  t.is(page.next === undefined, json.next === undefined);
  t.regex(page.resourceVersion, /^\d+$/);
  const found = new Set(page.items.flatMap((item, index) => paths(t, item, json.items[index])));
  for (const path of [
    '/metadata/name',
    '/metadata/namespace',
    '/metadata/uid',
    '/metadata/resourceVersion',
    '/metadata/creationTimestamp',
    '/metadata/labels/bosh.cloudfoundry.org/agent-id',
    '/metadata/annotations/bosh.cloudfoundry.org/metadata',
    '/spec/nodeName',
    '/spec/containers/#/image',
    '/spec/volumes/#/persistentVolumeClaim/claimName',
    '/status/phase',
    '/status/podIP',
    '/status/podIPs/#/ip',
    '/status/conditions/#/status',
    '/status/conditions/#/lastTransitionTime',
    '/status/containerStatuses/#/ready',
    '/status/containerStatuses/#/restartCount',
  ]) {
    t.true(found.has(path), path);
  }
});

test('a page that was cut short is an error, in either form', async (t) => {
  for (const name of ['pods.bin', 'pods.json']) {
    const whole = fixture(name);
    for (const length of [1, 100, whole.length - 2000]) {
      await t.throwsAsync(pods(whole.subarray(0, length)), { instanceOf: SyntaxError }, name);
    }
  }
});

test('a watch in protobuf says what it says in JSON: events, bookmarks and what ended it', async (t) => {
  const decoded = await events(fixture('claims-watch.bin'));
  const json = await events(fixture('claims-watch.jsonl'));
  const kinds = (all: readonly CollectionEvent<Claim>[]) => all.map(({ type }) => type);
  t.deepEqual([...new Set(kinds(decoded))], ['ADDED', 'BOOKMARK', 'ERROR']);
  t.deepEqual([...new Set(kinds(json))], ['ADDED', 'BOOKMARK', 'ERROR']);
  const added = (all: readonly CollectionEvent<Claim>[]) => all.find((one) => one.type === 'ADDED');
  const found = paths(t, added(decoded), added(json));
  t.true(found.includes('/object/spec/resources/requests/storage'));
  for (const all of [decoded, json]) {
    const bookmarks = all.flatMap((one) => (one.type === 'BOOKMARK' ? [one.object] : []));
    t.regex(bookmarks[0]?.metadata?.resourceVersion ?? '', /^\d+$/);
    const end = all.at(-1);
    t.is(end?.type === 'ERROR' ? end.status.code : undefined, 410);
  }
});

test('events are the same wherever the stream is cut into chunks, and what is left at its end is not told', async (t) => {
  for (const name of ['claims-watch.bin', 'claims-watch.jsonl']) {
    const whole = fixture(name);
    const expected = await events(whole);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(whole.length), { maxLength: 8 }), fc.nat(20), async (cuts, missing) => {
        const end = whole.length - missing;
        const edges = [0, ...cuts.map((cut) => Math.min(cut, end)).sort((a, b) => a - b), end];
        const parts = edges.slice(1).map((edge, index) => whole.subarray(edges[index], edge));
        t.deepEqual(await events(...parts), missing === 0 ? expected : expected.slice(0, -1));
      }),
      { numRuns: 60 },
    );
  }
});

test('a page is the same wherever it is cut into chunks', async (t) => {
  for (const name of ['pods.bin', 'pods.json']) {
    const whole = fixture(name);
    const expected = await pods(whole);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(whole.length), { maxLength: 12 }), async (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), whole.length];
        t.deepEqual(await pods(...edges.slice(1).map((edge, index) => whole.subarray(edges[index], edge))), expected);
      }),
      { numRuns: 60 },
    );
    const bytes = Array.from(whole, (byte) => Uint8Array.of(byte));
    t.deepEqual(await pods(...bytes), expected);
  }
});
