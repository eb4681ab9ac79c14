import test from 'ava';
import { bytesOf } from './provisioner.ts';

for (const [quantity, bytes] of [
  ['0', 0],
  ['1500', 1500],
  ['1k', 1000],
  ['1Ki', 1024],
  ['1.5Gi', 1.5 * 1024 ** 3],
  ['2G', 2e9],
  ['10240Mi', 10 * 1024 ** 3],
] as const) {
  test(`${quantity} is ${bytes} bytes`, (t) => {
    t.is(bytesOf(quantity), bytes);
  });
}
