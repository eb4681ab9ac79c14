import test from 'ava';
import type { DirectorFeed, DirectorView } from '../../src/director/model.ts';
import { createDrift } from '../../src/drift/drift.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { createWorld, instanceOf, type MachinePlan, podOf, viewOf } from './support/world.ts';

const api: MachinePlan = { agent: 'a', group: 'api', index: 0, deployment: 'cf', address: '10.1.0.1' };

/** An inventory and a Director that a test changes by hand, and what is made of them. */
function running() {
  const { joins, make } = createWorld();
  make(api);
  joins.flush();
  const published = new Set<() => void>();
  const said = new Set<() => void>();
  const inventory = {
    subjects: joins.subjects,
    freshness: () => ({ state: 'live', since: 0 }),
    collections: () => [],
    subscribe(listener: () => void) {
      published.add(listener);
      return () => published.delete(listener);
    },
  } as unknown as Inventory;
  let view: DirectorView = viewOf([instanceOf(api, Date.now())]);
  let refreshed = 0;
  const feed = {
    view: () => view,
    subscribe(listener: () => void) {
      said.add(listener);
      return () => said.delete(listener);
    },
    refresh: () => {
      refreshed++;
    },
  } as unknown as DirectorFeed;
  const drift = createDrift(inventory, feed, { namespace: 'bosh' });
  return {
    drift,
    joins,
    publish() {
      joins.flush();
      joins.stop();
      for (const listener of published) listener();
    },
    say(next: DirectorView) {
      view = next;
      for (const listener of said) listener();
    },
    refreshed: () => refreshed,
    listeners: () => published.size + said.size,
  };
}

test('what is certain is told with the change, and its listeners are told once', (t) => {
  const { drift, joins, publish, say } = running();
  t.teardown(drift.close);
  t.deepEqual(drift.findings(), []);
  let told = 0;
  drift.subscribe(() => told++);
  const version = drift.version();
  joins.sinks.pods.change([], [podOf(api, { address: '10.1.0.99' })]);
  publish();
  t.deepEqual(
    drift.findings().map(({ rule }) => rule),
    ['ip-differs'],
  );
  publish();
  t.is(told, 1, 'an unchanged finding is no change');
  t.is(drift.version(), version + 1);
  say(viewOf([instanceOf({ ...api, address: '10.1.0.99' }, Date.now())]));
  t.deepEqual(drift.findings(), []);
  t.is(told, 2);
});

test('a suspicion makes the Director be asked at once, and only once', (t) => {
  const { drift, joins, publish, refreshed } = running();
  t.teardown(drift.close);
  joins.sinks.records.change(['record agent-a'], []);
  publish();
  publish();
  t.deepEqual(drift.findings(), []);
  t.is(refreshed(), 1);
});

test('what has held is told though nothing changes any more', async (t) => {
  const { drift, joins, publish } = running();
  t.teardown(drift.close);
  joins.sinks.records.change(['record agent-a'], []);
  publish();
  await new Promise<void>((resolve) => drift.subscribe(resolve));
  t.deepEqual(
    drift.findings().map(({ rule }) => rule),
    ['record-missing'],
  );
  t.is(drift.watching(), undefined);
});

test('closed it listens to nobody and wakes no more', (t) => {
  const { drift, joins, publish, listeners } = running();
  joins.sinks.records.change(['record agent-a'], []);
  publish();
  drift.close();
  t.is(listeners(), 0);
});
