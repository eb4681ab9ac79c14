import test from 'ava';
import fc from 'fast-check';
import { parseQuantity } from '../../src/kubernetes/quantity.ts';

// apimachinery resource.Quantity: the same amount in its many spellings
const spellings: readonly [number, readonly string[]][] = [
  [1024 ** 3, ['1Gi', '1024Mi', '1048576Ki', '1073741824']],
  [10 ** 9, ['1G', '1000M', '1000000k', '1e9', '1E9', '1000000000', '1000000000000m']],
  [1.5 * 1024 ** 3, ['1.5Gi', '1536Mi']],
  [2 * 1024 ** 4, ['2Ti', '2048Gi']],
  [3e18, ['3E', '3000P', '3e18']],
];

for (const [bytes, texts] of spellings) {
  for (const text of texts) test(`${text} is ${bytes} bytes`, (t) => t.is(parseQuantity(text), bytes));
}

test('nothing is no bytes, and what is no quantity is not a number', (t) => {
  t.is(parseQuantity(undefined), 0);
  for (const text of ['', 'Gi', '1GiB', '1 Gi', '1.2.3Gi', 'abc', '1mi', '0x10'])
    t.true(Number.isNaN(parseQuantity(text)), text);
});

test('MiB as a Director gives them come back as they were', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 * 1024 * 1024 }), (mebibytes) => {
      t.is(parseQuantity(`${mebibytes}Mi`), mebibytes * 1024 * 1024);
    }),
  );
});
