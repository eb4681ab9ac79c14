import test from 'ava';
import fc from 'fast-check';
import { natural } from '../../src/inventory/compare.ts';
import { parseFilter } from '../../src/inventory/filter.ts';
import { createListing, type ListingOptions } from '../../src/inventory/listing.ts';
import type { Machine } from '../../src/inventory/model.ts';
import { createTable } from '../../src/inventory/table.ts';
import { machine, tablesOf } from './support/rows.ts';

const everything: ListingOptions = { filter: parseFilter(''), sort: undefined, problemsFirst: false };

const uid = fc.integer({ min: 0, max: 12 }).map(String);
const row = fc
  .record({
    uid,
    name: fc.constantFrom('agent-1', 'agent-2'),
    instance: fc.constantFrom('api/2', 'api/10', 'router/0'),
    restarts: fc.integer({ min: 0, max: 2 }),
    health: fc.constantFrom('ok' as const, 'busy' as const, 'problem' as const),
  })
  .map((fields) => machine(fields));
const change = fc.oneof(
  { weight: 3, arbitrary: row.map((set) => ({ set })) },
  uid.map((gone) => ({ gone })),
  fc.constant('publish' as const),
);
const options = fc.record({
  filter: fc.constantFrom('', 'api', '!router', '-f ar2', 'restarts').map(parseFilter),
  sort: fc.option(fc.record({ column: fc.constantFrom('restarts', 'instance'), descending: fc.boolean() }), {
    nil: undefined,
  }),
  problemsFirst: fc.boolean(),
});

test('a listing that followed any changes equals one made from scratch', (t) => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), options, (changes, chosen) => {
      const table = createTable<Machine>();
      const listing = createListing(tablesOf(table), 'machines', chosen);
      for (const one of changes) {
        if (one === 'publish') {
          table.publish();
          listing.update();
        } else if ('set' in one) table.set(one.set);
        else table.delete(one.gone);
      }
      table.publish();
      listing.update();
      const fresh = createTable<Machine>();
      for (const one of [...table.rows.values()].reverse()) fresh.set(one);
      fresh.publish();
      const expected = createListing(tablesOf(fresh), 'machines', chosen);
      t.deepEqual(uidsOf(listing), uidsOf(expected));
      t.is(listing.total, table.rows.size);
      uidsOf(listing).forEach((one, index) => {
        t.is(listing.indexOf(one), index);
      });
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('a listing that slept through more changes than are remembered starts from scratch', (t) => {
  const table = createTable<Machine>();
  const listing = createListing(tablesOf(table), 'machines', everything);
  for (let round = 0; round < 30; round++) {
    for (let index = 0; index < 1000; index++) table.set(machine({ uid: `${index}`, restarts: round }));
    table.publish();
  }
  listing.update();
  t.is(listing.length, 1000);
  t.is(listing.at(0)?.restarts, 29);
});

test('what changed is not found where it was before it changed', (t) => {
  const table = createTable<Machine>();
  for (const [index, instance] of ['a/0', 'b/0', 'c/0'].entries()) table.set(machine({ uid: `${index}`, instance }));
  table.publish();
  const listing = createListing(tablesOf(table), 'machines', everything);
  table.set(machine({ uid: '0', instance: 'z/0' }));
  table.delete('1');
  table.publish();
  t.is(listing.indexOf('0'), 0);
  t.is(listing.indexOf('1'), 1);
  listing.update();
  t.is(listing.indexOf('0'), 1);
  t.is(listing.indexOf('1'), -1);
});

test('problems come first, whichever way a column is sorted', (t) => {
  const table = createTable<Machine>();
  table.set(machine({ uid: 'a', instance: 'a/0', health: 'ok' }));
  table.set(machine({ uid: 'b', instance: 'b/0', health: 'problem' }));
  table.set(machine({ uid: 'c', instance: 'c/0', health: 'busy' }));
  table.publish();
  for (const descending of [false, true]) {
    const sort = { column: 'instance', descending };
    const listing = createListing(tablesOf(table), 'machines', { ...everything, sort, problemsFirst: true });
    t.deepEqual(uidsOf(listing), ['b', 'c', 'a']);
  }
});

test('an unchanged row is no change', (t) => {
  const table = createTable<Machine>();
  table.set(machine({ uid: 'a', disks: ['disk-1'], labels: { job: 'api' } }));
  t.true(table.publish());
  table.set(machine({ uid: 'a', disks: ['disk-1'], labels: { job: 'api' } }));
  t.false(table.publish());
  table.set(machine({ uid: 'a', disks: ['disk-1'], labels: { job: 'web' } }));
  t.true(table.publish());
  t.is(table.version(), 2);
});

test('texts are ordered by the value of their numbers', (t) => {
  const sorted = ['a', 'a-1', 'a/1', 'a/2', 'a/10', 'a/10b', 'b'];
  t.deepEqual([...sorted].reverse().sort(natural), sorted);
  t.deepEqual(['10.0.0.10', '10.0.0.9', '9.0.0.0'].sort(natural), ['9.0.0.0', '10.0.0.9', '10.0.0.10']);
});

test('the order of texts is one', (t) => {
  const text = fc.string({ unit: fc.constantFrom('a', '0', '1', '2', '/', '-'), maxLength: 6 });
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      t.is(Math.sign(natural(a, b)), -Math.sign(natural(b, a)) || 0);
      t.is(natural(a, b) === 0, a === b);
      if (natural(a, b) <= 0 && natural(b, c) <= 0) t.true(natural(a, c) <= 0, `${a} ${b} ${c}`);
    }),
    { numRuns: 5000 },
  );
});

function uidsOf(listing: { readonly length: number; at(index: number): Machine | undefined }): readonly string[] {
  return Array.from({ length: listing.length }, (_, index) => listing.at(index)?.uid ?? '');
}
