import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { metadataAlone } from '../../src/kubernetes/collection.ts';
import type { Freshness } from '../../src/kubernetes/freshness.ts';
import { type Metadata, metadataShape } from '../../src/kubernetes/objects.ts';
import { type ReflectorTiming, reflect } from '../../src/kubernetes/reflector.ts';
import type { ApiUnderTest } from '../contract/api/backends.ts';
import { onBoth } from '../contract/api/on-both.ts';
import { type Disturbed, disturbed } from './support/disturbed.ts';
import { folder } from './support/folder.ts';
import { answer, connectTo, failure, serve, targetAt } from './support/server.ts';

const label = 'kubernetes-cpi.test/mine';
const quick: Partial<ReflectorTiming> = { pageSize: 3, largePageSize: 3, firstPauseMs: 20, maxPauseMs: 100 };

/** A reflector of our Secrets, and all it said. */
function follow(t: ExecutionContext, cluster: Cluster, namespace: string, timing: Partial<ReflectorTiming> = {}) {
  const rows = new Map<string, Metadata>();
  const batches: { gone: readonly string[]; present: number; rows: number }[] = [];
  const states: Freshness[] = [];
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const reflector = reflect(
    cluster,
    { path, shape: metadataShape, accept: metadataAlone, labelSelector: label },
    {
      change(gone, present) {
        for (const uid of gone) rows.delete(uid);
        for (const object of present) rows.set(object.metadata?.uid ?? '', object);
        batches.push({ gone, present: present.length, rows: rows.size });
      },
      freshness: (now) => states.push(now),
    },
    { watch: true, timing: { ...quick, ...timing } },
  );
  t.teardown(() => reflector.stop());
  const state = () => states.at(-1)?.state;
  const names = () => [...rows.values()].map(nameOf).sort();
  return { rows, batches, states, state, names, reflector };
}

function nameOf({ metadata }: Metadata): string {
  return `${metadata?.name} ${metadata?.labels?.[label]} ${metadata?.uid}`;
}

async function make({ cluster, namespace }: ApiUnderTest, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await cluster.core.createNamespacedSecret({ namespace, body: { metadata: { name, labels: { [label]: 'new' } } } });
  }
}

async function relabel({ cluster, namespace }: ApiUnderTest, name: string, value: string | null): Promise<void> {
  const body = { metadata: { labels: { [label]: value } } };
  await cluster.json({ method: 'PATCH', path: `/api/v1/namespaces/${namespace}/secrets/${name}`, body });
}

async function remove({ cluster, namespace }: ApiUnderTest, ...names: readonly string[]): Promise<void> {
  for (const name of names) await cluster.core.deleteNamespacedSecret({ name, namespace });
}

/** What the server says now, as `names` shows it. */
async function truth({ cluster, namespace }: ApiUnderTest): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const list = await cluster.json<{ items: readonly Metadata[] | null }>({
    method: 'GET',
    path,
    query: { labelSelector: label },
    metadataOnly: true,
  });
  return (list.items ?? []).map(nameOf).sort();
}

async function until(t: ExecutionContext, what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await isSo()); waited += 10) {
    if (waited > 20_000) t.fail(`in vain waited for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Waits until the rows are what the server has, and it is said that they are. */
async function settle(t: ExecutionContext, api: ApiUnderTest, followed: ReturnType<typeof follow>): Promise<void> {
  const expected = await truth(api);
  const isSame = () => followed.state() === 'live' && String(followed.names()) === String(expected);
  await until(t, `${expected.length} rows as the server has them`, isSame);
}

const isWatch = (url: URL) => url.searchParams.has('watch');
const watches = ({ requests }: Disturbed) => requests.filter(isWatch);

onBoth('pages are handed on as they come, then every change', async (t, api) => {
  await make(api, 'a', 'b', 'c', 'd', 'e', 'f', 'g');
  const { cluster, requests } = await disturbed(t, api.cluster);
  const followed = follow(t, cluster, api.namespace);
  await settle(t, api, followed);
  t.true((followed.batches[0]?.rows ?? 7) <= 3, 'not all at once');
  t.deepEqual(
    followed.states.map(({ state }) => state),
    ['syncing', 'syncing', 'syncing', 'live'],
  );
  t.deepEqual(followed.states.at(2), { state: 'syncing', read: 6, about: undefined });
  await make(api, 'h');
  await relabel(api, 'a', 'changed');
  await relabel(api, 'b', null);
  await remove(api, 'c');
  await settle(t, api, followed);
  t.is(followed.rows.size, 6);
  t.is(requests.filter((url) => !isWatch(url)).length, 3, 'changes come over the watch, not by listing again');
});

onBoth('a window that ends is followed by the next, and nothing is stale', async (t, api) => {
  await make(api, 'a');
  const through = await disturbed(t, api.cluster);
  const followed = follow(t, through.cluster, api.namespace, { windowMs: 1000 });
  await until(t, 'three watches', () => watches(through).length >= 3);
  await make(api, 'b');
  await settle(t, api, followed);
  t.false(followed.states.some(({ state }) => state === 'stale'));
  t.is(through.requests.length - watches(through).length, 1, 'one list');
});

onBoth('a watch cut inside an event is taken up where it broke', async (t, api) => {
  await make(api, 'a', 'b');
  const through = await disturbed(t, api.cluster);
  const followed = follow(t, through.cluster, api.namespace);
  await settle(t, api, followed);
  await until(t, 'an open watch', () => watches(through).length === 1 && through.answering() === 1);
  through.cut();
  await until(t, 'trouble', () => followed.states.some(({ state }) => state === 'stale'));
  await relabel(api, 'a', 'meanwhile');
  await settle(t, api, followed);
  t.is(through.requests.length - watches(through).length, 1, 'what was missed is in the watch');
});

onBoth('while the server is gone its rows stay, and it is said since when', async (t, api) => {
  await make(api, 'a', 'b', 'c', 'd');
  const through = await disturbed(t, api.cluster);
  const followed = follow(t, through.cluster, api.namespace);
  await settle(t, api, followed);
  await until(t, 'an open watch', () => watches(through).length === 1 && through.answering() === 1);
  through.rule = () => 'refuse';
  through.cut();
  await until(t, 'five refused calls', () => through.requests.length > 8);
  await remove(api, 'a', 'b');
  await make(api, 'b', 'e');
  t.is(followed.rows.size, 4);
  const stale = followed.states.filter((one) => one.state === 'stale');
  t.is(new Set(stale.map(({ since }) => since)).size, 1, 'stale since the first trouble');
  t.regex(stale.at(-1)?.reason ?? '', /could not be reached|connection/);
  through.rule = () => undefined;
  await settle(t, api, followed);
  t.is(followed.rows.size, 4);
});

onBoth(
  'a version that the server has forgotten lists anew: what was made again under its name is another',
  async (t, api) => {
    await make(api, 'a', 'b', 'c', 'd', 'e');
    const through = await disturbed(t, api.cluster);
    const followed = follow(t, through.cluster, api.namespace);
    await settle(t, api, followed);
    await until(t, 'an open watch', () => watches(through).length === 1 && through.answering() === 1);
    const before = followed.names();
    through.rule = () => 'refuse';
    through.cut();
    await remove(api, 'a', 'e');
    await make(api, 'e');
    let expired = 0;
    const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version: 1 (2)' };
    const gone = { body: `${JSON.stringify({ type: 'ERROR', object: status })}\n` };
    through.rule = (url) => (isWatch(url) && expired++ === 0 ? gone : undefined);
    const batch = followed.batches.length;
    await settle(t, api, followed);
    t.is(followed.rows.size, 4);
    t.true(expired >= 1);
    const ends = followed.batches.slice(batch);
    t.deepEqual(
      ends.slice(0, -1).flatMap(({ gone }) => gone).length,
      1,
      'only the one whose name is another’s goes early',
    );
    t.is(ends.at(-1)?.gone.length, 1, 'the rest goes when the list is whole');
    t.is(followed.names().filter((name) => before.includes(name)).length, 3);
  },
);

onBoth('a list that outlives its token is asked for in one piece', async (t, api) => {
  await make(api, 'a', 'b', 'c', 'd', 'e');
  const through = await disturbed(t, api.cluster);
  through.rule = (url) => (url.searchParams.has('continue') ? { status: 410, reason: 'Expired' } : undefined);
  const followed = follow(t, through.cluster, api.namespace);
  await settle(t, api, followed);
  const limits = through.requests.filter((url) => !isWatch(url)).map((url) => url.searchParams.get('limit'));
  t.deepEqual(limits, ['3', '3', null]);
  t.false(followed.states.some(({ state }) => state === 'failed' || state === 'stale'));
});

onBoth('a connection that says nothing any more is found out and replaced', async (t, api) => {
  await make(api, 'a');
  const through = await disturbed(t, api.cluster);
  const followed = follow(t, through.cluster, api.namespace, { windowMs: 1000, silenceMs: 2500 });
  await settle(t, api, followed);
  await until(t, 'an open watch', () => watches(through).length === 1 && through.answering() === 1);
  through.stall();
  await make(api, 'b');
  await until(t, 'staleness', () => followed.state() === 'stale');
  const [stale] = followed.states.filter((one) => one.state === 'stale');
  t.regex(stale?.reason ?? '', /has sent nothing for \d+ s/);
  await settle(t, api, followed);
  t.is(followed.rows.size, 2);
});

onBoth('a missing right is named with what grants it, and tried again', async (t, api) => {
  await make(api, 'a');
  const through = await disturbed(t, api.cluster);
  through.rule = () => ({ status: 403, reason: 'Forbidden' });
  const followed = follow(t, through.cluster, api.namespace);
  await until(t, 'failure', () => followed.state() === 'failed');
  const failed = followed.states.find((one) => one.state === 'failed');
  t.is(
    failed?.reason,
    `no right to list and watch secrets in namespace ${api.namespace}; grant it: kubectl create role --namespace ${api.namespace} read-secrets --verb=list,watch --resource=secrets, and bind it to your user`,
  );
  through.rule = () => undefined;
  await settle(t, api, followed);
});

onBoth('one who may list and not watch is served by lists, and told so', async (t, api) => {
  await make(api, 'a');
  const through = await disturbed(t, api.cluster);
  through.rule = (url) => (isWatch(url) ? { status: 403, reason: 'Forbidden' } : undefined);
  const followed = follow(t, through.cluster, api.namespace);
  await until(t, 'staleness', () => followed.state() === 'stale');
  await make(api, 'b');
  await until(t, 'the second row', () => followed.rows.size === 2);
  t.is(followed.states.filter(({ state }) => state === 'live').length, 1, 'it is not called live again');
});

onBoth('passing trouble at the first list is no failure yet, lasting trouble is', async (t, api) => {
  const through = await disturbed(t, api.cluster);
  let asked = 0;
  through.rule = () => (asked++ < 2 ? { status: 503, reason: 'ServiceUnavailable' } : undefined);
  const followed = follow(t, through.cluster, api.namespace);
  await settle(t, api, followed);
  t.false(followed.states.some(({ state }) => state === 'failed'));
  const down = await disturbed(t, api.cluster);
  down.rule = () => 'refuse';
  const failing = follow(t, down.cluster, api.namespace);
  await until(t, 'failure', () => failing.state() === 'failed');
  down.rule = () => undefined;
  await settle(t, api, failing);
});

onBoth('asked to, it lists everything anew without a word of trouble', async (t, api) => {
  await make(api, 'a', 'b', 'c', 'd');
  const through = await disturbed(t, api.cluster);
  const followed = follow(t, through.cluster, api.namespace);
  await settle(t, api, followed);
  await until(t, 'an open watch', () => watches(through).length === 1 && through.answering() === 1);
  const lists = through.requests.length - watches(through).length;
  followed.reflector.refresh();
  await until(t, 'the second list and its watch', () => watches(through).length === 2);
  t.is(through.requests.length - watches(through).length, 2 * lists);
  t.false(followed.states.some(({ state }) => state === 'stale'));
  await make(api, 'e');
  await settle(t, api, followed);
});

onBoth('once stopped it asks nothing more', async (t, api) => {
  const through = await disturbed(t, api.cluster);
  const followed = follow(t, through.cluster, api.namespace);
  await until(t, 'an open watch', () => watches(through).length === 1 && through.answering() === 1);
  followed.reflector.stop();
  const asked = through.requests.length;
  await make(api, 'a');
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.is(through.requests.length, asked);
  t.is(followed.rows.size, 0);
});

onBoth('whatever goes wrong in whatever order, the rows end as the server has them', async (t, api) => {
  const through = await disturbed(t, api.cluster);
  const followed = follow(t, through.cluster, api.namespace, { windowMs: 1000, silenceMs: 2500 });
  const troubles: readonly (() => void)[] = [
    through.cut,
    through.end,
    through.stall,
    followed.reflector.refresh,
    () => {
      through.rule = () => 'refuse';
    },
    () => {
      through.rule = (url) => (isWatch(url) ? { status: 410, reason: 'Expired' } : undefined);
    },
    () => {
      through.rule = (url) => (url.searchParams.has('continue') ? { status: 410, reason: 'Expired' } : undefined);
    },
    () => {
      through.rule = () => ({ status: 500, reason: 'InternalError' });
    },
  ];
  // a fixed sequence: a failure can be seen again
  let seed = 7;
  const dice = (sides: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * sides);
  };
  for (let step = 0; step < 60; step++) {
    if (dice(3) === 0) troubles[dice(troubles.length)]?.();
    const name = `s${dice(8)}`;
    const act = [() => make(api, name), () => remove(api, name), () => relabel(api, name, `v${step}`)][dice(3)];
    await act?.().catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, dice(60)));
    if (dice(2) === 0) through.rule = () => undefined;
  }
  through.rule = () => undefined;
  await settle(t, api, followed);
  t.deepEqual(followed.names(), await truth(api));
});

test('credentials that have run out are read again, also while a watch is being renewed', async (t) => {
  const path = join(folder(t), 'token');
  writeFileSync(path, 'first');
  let valid = 'first';
  let served = 0;
  const { url } = await serve(t, (request, response) => {
    if (request.headers.authorization !== `Bearer ${valid}`) {
      answer(response, 401, failure(401, 'Unauthorized', 'Unauthorized'));
    } else if (request.url?.includes('watch=')) {
      // the server ends watches when it pleases, and then knows the old token no more
      served++;
      response.writeHead(200).end(`{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"${served}"}}}\n`);
      if (served === 1) {
        valid = 'second';
        writeFileSync(path, valid);
      }
    } else answer(response, 200, { metadata: { resourceVersion: '1' }, items: [] });
  });
  const target = targetAt(url, { credentials: { kind: 'tokenFile', path } });
  const followed = follow(t, connectTo(t, target), 'bosh');
  await until(t, 'three watches', () => served >= 3);
  t.deepEqual([...new Set(followed.states.map(({ state }) => state))], ['syncing', 'live']);
});

test('an answer that is no list is told as such', async (t) => {
  const { url } = await serve(t, (_, response) => response.end('<html>Log in</html>'));
  const followed = follow(t, connectTo(t, targetAt(url)), 'bosh');
  await until(t, 'failure', () => followed.state() === 'failed');
  const failed = followed.states.at(-1);
  t.regex(failed?.state === 'failed' ? failed.reason : '', /is no list of objects; check the server of the kubeconfig/);
});

test('a server that was slow to answer has the whole patience for what it says then', async (t) => {
  let watches = 0;
  const { url } = await serve(t, (request, response) => {
    if (!request.url?.includes('watch=')) {
      answer(response, 200, { metadata: { resourceVersion: '1' }, items: [] });
      return;
    }
    watches++;
    setTimeout(() => {
      response.writeHead(200).flushHeaders();
      setTimeout(() => response.end('{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"1"}}}\n'), 2500);
    }, 2500);
  });
  const followed = follow(t, connectTo(t, targetAt(url)), 'bosh', { silenceMs: 4000 });
  await until(t, 'a second watch', () => watches >= 2);
  t.deepEqual(
    followed.states.filter(({ state }) => state === 'stale'),
    [],
  );
});
