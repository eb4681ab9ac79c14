import test from 'ava';
import fc from 'fast-check';
import {
  agentIdLabel,
  diskIdLabel,
  diskLabel,
  groupLabel,
  labelKey,
  labelValue,
  metadataLabels,
  serviceName,
} from '../../src/bosh/labels.ts';

// apimachinery/pkg/util/validation, written down once more so that a slip in one is seen by the other
const legalValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const legalName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const legalService = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ minLength: 60, maxLength: 70 }),
  fc.stringMatching(/^[-A-Za-z0-9_./ ]{0,80}$/),
);

test('every text becomes a legal label value', (t) => {
  fc.assert(
    fc.property(text, (given) => {
      const value = labelValue(given);
      t.true(value.length <= 63 && legalValue.test(value), value);
    }),
    { numRuns: 2000 },
  );
});

test('a value that is legal stays as it is, so that people can select by it', (t) => {
  for (const value of ['', 'db', '0af3', 'a_b.c-d', 'x'.repeat(63), '0']) t.is(labelValue(value), value);
});

test('two texts never become one value', (t) => {
  fc.assert(
    fc.property(text, text, (one, other) => {
      if (one !== other) t.not(labelValue(one), labelValue(other));
    }),
    { numRuns: 2000 },
  );
});

test('values that differ in one character only stay apart', (t) => {
  const values = ['redis/0af', 'redis 0af', 'redis:0af', 'redis/0af/', '/redis/0af', 'redis//0af', 'redis-0af'];
  t.is(new Set(values.map(labelValue)).size, values.length);
  const long = 'g'.repeat(63);
  t.not(labelValue(`${long}1`), labelValue(`${long}2`));
});

test('a digested value begins with what can be read of the text', (t) => {
  t.regex(labelValue('redis/0af31c2b'), /^redis-0af31c2b-[0-9a-f]{10}$/);
  t.regex(labelValue('2026-11-23T01:17:12Z'), /^2026-11-23T01-17-12Z-[0-9a-f]{10}$/);
});

test('every text becomes a legal label key under the prefix', (t) => {
  fc.assert(
    fc.property(text, (key) => {
      const [prefix, name = '', ...more] = labelKey(key).split('/');
      t.is(prefix, 'bosh.cloudfoundry.org');
      t.is(more.length, 0);
      t.true(name.length <= 63 && legalName.test(name), name);
    }),
    { numRuns: 2000 },
  );
});

test('every text becomes a legal name of a Service, and no two the same', (t) => {
  fc.assert(
    fc.property(text, text, (one, other) => {
      const name = serviceName(one);
      t.true(name.length <= 63 && legalService.test(name), name);
      if (one !== other) t.not(name, serviceName(other));
    }),
    { numRuns: 2000 },
  );
});

test('metadata of a Director never takes the labels that machines and disks are found by', (t) => {
  const claim = 'disk-0f4806b5-aab3-40d2-468c-4ad3e98fab38';
  const shared = labelKey('service-web');
  const labels = metadataLabels({
    'agent-id': 'x',
    'disk-id': 'x',
    group: 'x',
    [claim]: 'x',
    'service-web': 'x',
    job: 'db',
  });
  for (const label of [agentIdLabel, diskIdLabel, groupLabel, diskLabel(claim), shared])
    t.false(label in labels, label);
  t.is(labels['bosh.cloudfoundry.org/job'], 'db');
});

test('metadata that is no text is written as JSON, and every pair is legal', (t) => {
  fc.assert(
    fc.property(fc.dictionary(text, fc.jsonValue()), (metadata) => {
      for (const [key, value] of Object.entries(metadataLabels(metadata))) {
        t.regex(key, /^bosh\.cloudfoundry\.org\//);
        t.true(value.length <= 63 && legalValue.test(value), value);
      }
    }),
  );
  t.is(metadataLabels({ index: 0 })['bosh.cloudfoundry.org/index'], '0');
  t.is(metadataLabels({ compiling: true })['bosh.cloudfoundry.org/compiling'], 'true');
});
