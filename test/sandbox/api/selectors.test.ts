import test from 'ava';
import fc from 'fast-check';
import type { ApiObject } from '../../../src/sandbox/api/object.ts';
import { matchesLabelSelector, parseFieldSelector, parseLabelSelector } from '../../../src/sandbox/api/selectors.ts';

function labelled(labels: Record<string, string>): ApiObject {
  const metadata = { name: 'a', uid: '', resourceVersion: '', creationTimestamp: '', labels };
  return { apiVersion: 'v1', kind: 'Pod', metadata };
}

const label = fc.stringMatching(/^[a-z]([a-z0-9.-]{0,5}[a-z0-9])?$/);

test('equality selects exactly the objects with that value', (t) => {
  fc.assert(
    fc.property(label, label, fc.dictionary(label, label), (key, value, labels) => {
      const object = labelled(labels);
      const is = Object.hasOwn(labels, key) && labels[key] === value;
      return (
        parseLabelSelector(`${key}=${value}`).matches(object) === is &&
        parseLabelSelector(`${key}!=${value}`).matches(object) === !is
      );
    }),
  );
  t.pass();
});

test('a set selects what any of its values selects', (t) => {
  fc.assert(
    fc.property(
      label,
      fc.array(label, { minLength: 1, maxLength: 4 }),
      fc.dictionary(label, label),
      (key, values, labels) => {
        const object = labelled(labels);
        const any = values.some((value) => parseLabelSelector(`${key}=${value}`).matches(object));
        return (
          parseLabelSelector(`${key} in (${values.join(', ')})`).matches(object) === any &&
          parseLabelSelector(`${key} notin (${values.join(',')})`).matches(object) === !any &&
          matchesLabelSelector({ matchExpressions: [{ key, operator: 'In', values }] }, labels) === any
        );
      },
    ),
  );
  t.pass();
});

test('fields', (t) => {
  const selector = parseFieldSelector('a=x,b!=y', { a: () => 'x', b: () => 'z' }, (field) => `no ${field}`);
  t.true(selector.matches(labelled({})));
  t.throws(() => parseFieldSelector('c=x', {}, (field) => `no ${field}`), { message: 'no c' });
});
