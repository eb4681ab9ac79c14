import test from 'ava';
import fc from 'fast-check';
import * as v from 'valibot';
import { checkInput, describeFlaws, nearest } from '../../src/bosh/schema.ts';

const schema = v.strictObject({
  name: v.string(),
  size: v.optional(v.pipe(v.number(), v.minValue(1, 'must be at least 1'))),
  kind: v.optional(v.picklist(['small', 'large'])),
  ports: v.optional(v.array(v.strictObject({ port: v.number(), protocol: v.optional(v.string()) })), []),
  extra: v.optional(v.union([v.string(), v.strictObject({ deep: v.string() })])),
  map: v.optional(v.record(v.string(), v.strictObject({ value: v.optional(v.string()) }))),
});

function flawsOf(input: unknown): string {
  const checked = checkInput(schema, input);
  return 'flaws' in checked ? describeFlaws(checked.flaws, 'given') : 'none';
}

const cases: readonly [string, unknown, string][] = [
  ['nothing wrong', { name: 'a' }, 'none'],
  ['a missing key', {}, 'given.name: required'],
  ['a wrong type', { name: 7 }, 'given.name: expected string, got a number'],
  ['null', { name: null }, 'given.name: expected string, got null'],
  ['not an object', 'x', 'given: expected Object, got a string'],
  ['a list', [], 'given: expected Object, got a list'],
  ['a rule of its own', { name: 'a', size: 0 }, 'given.size: must be at least 1'],
  ['an unknown key', { name: 'a', siez: 3 }, 'given.siez: unknown, did you mean size?'],
  [
    'an unknown key in a list',
    { name: 'a', ports: [{ port: 1 }, { port: 1, protcol: 'TCP' }] },
    'given.ports[1].protcol: unknown, did you mean protocol?',
  ],
  [
    'an unknown key inside a map',
    { name: 'a', map: { x: { valeu: 'v' } } },
    'given.map.x.valeu: unknown, did you mean value?',
  ],
  ['an unknown key like no other', { name: 'a', qqqqqqqqqqqq: 3 }, 'given.qqqqqqqqqqqq: unknown'],
  [
    'a word that is not in the list',
    { name: 'a', kind: 'medium' },
    'given.kind: expected ("small" | "large"), got a string',
  ],
];

for (const [what, input, expected] of cases) {
  test(what, (t) => {
    const flaws = flawsOf(input);
    t.is(flaws, expected);
  });
}

test('all flaws are told at once', (t) => {
  t.is(flawsOf({ size: 0, kidn: 1 }).split('; ').length, 3);
});

test('no value is ever quoted: it may be a secret', (t) => {
  const secret = 'hunter2-and-more';
  for (const input of [
    secret,
    [secret],
    { name: { k: secret } },
    { name: 'a', kind: secret },
    { name: 'a', size: secret },
    { name: 'a', ports: [{ port: secret }] },
    { name: 'a', extra: { deep: [secret] } },
  ]) {
    t.false(flawsOf(input).includes(secret), flawsOf(input));
  }
});

test('one slip of the keyboard in any key finds that key', (t) => {
  const known = [
    'availability_zone',
    'ephemeral_disk',
    'image_pull_secrets',
    'node_labels',
    'priority_class',
    'resources',
    'services',
    'tolerations',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...known), fc.nat(), fc.constantFrom('drop', 'double', 'swap'), (key, place, slip) => {
      const at = place % (key.length - 1);
      const [a = '', b = ''] = [key[at], key[at + 1]];
      const ends = { drop: b, double: a + a + b, swap: b + a } as const;
      const typed = key.slice(0, at) + ends[slip] + key.slice(at + 2);
      t.is(nearest(typed, known), key);
    }),
  );
});

test('the nearest of several as near ones is always the same', (t) => {
  t.is(nearest('ab', ['ac', 'aa']), nearest('ab', ['aa', 'ac']));
});
