import type { V1NodeSelectorTerm } from '@kubernetes/client-node/dist/gen/models/V1NodeSelectorTerm.js';
import test from 'ava';
import fc from 'fast-check';
import { both } from '../../src/disk/attach/placement.ts';

type Labels = Readonly<Record<string, string>>;

const key = fc.constantFrom('zone', 'rack', 'disk');
const value = fc.constantFrom('a', 'b', 'c');
const demand = fc.record({
  key,
  operator: fc.constantFrom('In', 'NotIn'),
  values: fc.uniqueArray(value, { minLength: 1, maxLength: 3 }),
});
const terms = fc.array(
  fc
    .array(demand, { minLength: 1, maxLength: 2 })
    .map((matchExpressions): V1NodeSelectorTerm => ({ matchExpressions })),
  { minLength: 1, maxLength: 3 },
);
const node = fc.dictionary(key, value);

/** As the scheduler reads a list of terms. */
function takes(list: readonly V1NodeSelectorTerm[], labels: Labels): boolean {
  return list.some(({ matchExpressions = [] }) =>
    matchExpressions.every(({ key: label, operator, values = [] }) => {
      const has = values.includes(labels[label] ?? '');
      return operator === 'In' ? has : !has;
    }),
  );
}

test('a machine comes only to nodes that reach every one of its disks', (t) => {
  fc.assert(
    fc.property(terms, terms, node, (left, right, labels) => {
      t.is(takes(both(left, right), labels), takes(left, labels) && takes(right, labels));
    }),
  );
});

test('a disk that is reached from everywhere bounds nothing', (t) => {
  fc.assert(
    fc.property(terms, (some) => {
      t.deepEqual(both(some, []), some);
      t.deepEqual(both([], some), some);
    }),
  );
});
