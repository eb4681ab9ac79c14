import test from 'ava';
import { ApiError } from '../../../src/kubernetes/errors.ts';
import { watchEvents } from '../../../src/kubernetes/watch-events.ts';
import { apiOnly, started } from '../started.ts';

const path = '/api/v1/namespaces/bosh/secrets';

test('a watch from before the history is told so', async (t) => {
  const { sandbox, cluster } = await started(t, apiOnly);
  await cluster.json({ method: 'POST', path, body: { metadata: { name: 'a' } } });
  sandbox.api.store.compact(sandbox.api.store.revision());
  const body = await cluster.stream(`${path}?watch=1&resourceVersion=101`, { timeoutMs: 5000 });
  const events: unknown[] = [];
  for await (const event of watchEvents(body)) events.push(event);
  t.like(events[0] as object, { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
  t.is(events.length, 1, 'and is ended');
});

test('an expired continue token is 410, with a token to go on without consistency', async (t) => {
  type Page = { metadata: { continue?: string }; items: { metadata: { name: string } }[] };
  const { sandbox, cluster } = await started(t, apiOnly);
  for (const name of ['a', 'b', 'c']) await cluster.json({ method: 'POST', path, body: { metadata: { name } } });
  const first = await cluster.json<Page>({ method: 'GET', path, query: { limit: 1 } });
  await cluster.json({ method: 'DELETE', path: `${path}/b` });
  sandbox.api.store.compact(sandbox.api.store.revision());
  const query = { limit: 5, continue: first.metadata.continue };
  const error = await t.throwsAsync(cluster.json({ method: 'GET', path, query }), { instanceOf: ApiError });
  t.is(error?.status, 410);
  t.is(error?.reason, 'Expired');
  t.regex(error?.message ?? '', /^The provided continue parameter is too old to display a consistent list result/);
  const raw = await fetch(`${sandbox.url}${path}?limit=5&continue=${first.metadata.continue}`);
  const status = (await raw.json()) as Page;
  const rest = await cluster.json<Page>({ method: 'GET', path, query: { continue: status.metadata.continue } });
  t.deepEqual(
    rest.items.map(({ metadata }) => metadata.name),
    ['c'],
  );
});

test('the history is bounded', async (t) => {
  const { sandbox, cluster } = await started(t, { ...apiOnly, historyLimit: 10 });
  const before = sandbox.api.store.revision();
  for (let i = 0; i < 40; i += 1) await cluster.json({ method: 'POST', path, body: { metadata: { name: `s${i}` } } });
  t.true(sandbox.api.store.compacted() > before);
  t.true(sandbox.api.store.changesSince(0).length <= 20);
});

test('bookmarks come at the asked interval and carry the newest version', async (t) => {
  const { sandbox, cluster } = await started(t, { ...apiOnly, bookmarkMs: 20 });
  const body = await cluster.stream(
    `${path}?watch=1&resourceVersion=${sandbox.api.store.revision()}&allowWatchBookmarks=true`,
    { timeoutMs: 5000 },
  );
  // Something else in the cluster moves on; the idle watch learns the version from a bookmark.
  await cluster.json({ method: 'POST', path: '/api/v1/namespaces/bosh/configmaps', body: { metadata: { name: 'a' } } });
  const newest = String(sandbox.api.store.revision());
  for await (const { type, object } of watchEvents<{ metadata: { resourceVersion: string } }>(body)) {
    t.is(type, 'BOOKMARK');
    if (object.metadata.resourceVersion === newest) break;
  }
});
