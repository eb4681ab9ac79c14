import test from 'ava';
import { createQueue } from '../../../src/sandbox/controllers/queue.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

test('a key is worked on once at a time, and again for what came meanwhile', async (t) => {
  let running = 0;
  let most = 0;
  let times = 0;
  let release: () => void = () => undefined;
  const queue = createQueue(async () => {
    running += 1;
    times += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    running -= 1;
    return undefined;
  });
  queue.add('a');
  await until(() => running === 1);
  queue.add('a');
  queue.add('a');
  await new Promise((resolve) => setTimeout(resolve, 5));
  t.is(running, 1);
  release();
  await until(() => times === 2);
  release();
  await turn();
  t.is(most, 1);
  t.is(times, 2);
  queue.stop();
});

test('work that fails is tried again', async (t) => {
  let times = 0;
  const queue = createQueue(async () => {
    times += 1;
    if (times < 3) throw new Error('conflict');
    return undefined;
  });
  queue.add('a');
  await until(() => times === 3);
  t.pass();
  queue.stop();
});

test('the earlier of two times counts', async (t) => {
  let worked = false;
  const queue = createQueue(async () => {
    worked = true;
    return undefined;
  });
  queue.add('a', 60_000);
  queue.add('a', 1);
  queue.add('a', 60_000);
  await until(() => worked);
  t.pass();
  queue.stop();
});
