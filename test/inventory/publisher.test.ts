import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { createPublisher } from '../../src/inventory/publisher.ts';

test('the first change is told at once, and a shorter pause takes effect while a longer one runs', async (t) => {
  let pause = 60_000;
  let flushed = 0;
  const publisher = createPublisher(
    () => flushed++,
    () => pause,
  );
  t.teardown(() => publisher.stop());
  const told = () => new Promise<void>((resolve) => publisher.subscribe(() => resolve()));
  const first = told();
  publisher.touch();
  await first;
  publisher.touch();
  await sleep(20);
  t.is(flushed, 1, 'the pause holds the second one back');
  pause = 0;
  const second = told();
  publisher.touch();
  await second;
  await sleep(5);
  t.is(flushed, 2, 'what waited is told once');
});
