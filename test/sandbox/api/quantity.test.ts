import test from 'ava';
import fc from 'fast-check';
import { bytes, quantity, sum } from '../../../src/sandbox/api/quantity.ts';

const NANO = 1_000_000_000n;

test('suffixes', (t) => {
  t.is(quantity('1'), NANO);
  t.is(quantity('1k'), 1000n * NANO);
  t.is(quantity('1Ki'), 1024n * NANO);
  t.is(quantity('500m'), NANO / 2n);
  t.is(quantity('1.5Gi'), 1_610_612_736n * NANO);
  t.is(quantity('1e3'), 1000n * NANO);
  t.is(quantity('12E'), 12n * 10n ** 18n * NANO);
  t.is(quantity('-1Gi'), -(1n << 30n) * NANO);
  t.is(quantity('.5'), NANO / 2n);
  t.is(bytes('100Mi'), 104_857_600);
  t.is(sum(['1Gi', undefined, '1Mi']), ((1n << 30n) + (1n << 20n)) * NANO);
});

test('what is no quantity', (t) => {
  for (const text of ['', 'x', '1xGi', 'Gi', '1 Gi', '1GI', '--1', '1.2.3']) t.is(quantity(text), undefined, text);
});

test('every whole number of mebibytes is what it says', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 100_000_000 }),
      (size) => quantity(`${size}Mi`) === BigInt(size) * (1n << 20n) * NANO,
    ),
  );
  t.pass();
});
