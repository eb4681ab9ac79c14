import { Readable } from 'node:stream';
import test from 'ava';
import fc from 'fast-check';
import { lines, watchEvents } from '../../src/kubernetes/watch-events.ts';

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const edges = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test('events are the same wherever the stream is cut, also inside a character', async (t) => {
  const event = fc.record({
    type: fc.constantFrom('ADDED', 'MODIFIED'),
    object: fc.record({ text: fc.string({ unit: 'binary' }) }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event), fc.array(fc.nat()), async (events, places) => {
      const bytes = Buffer.from(events.map((one) => `${JSON.stringify(one)}\n`).join(''));
      const read = await all(watchEvents(Readable.from(cut(bytes, places))));
      t.deepEqual(read as unknown, JSON.parse(JSON.stringify(events)));
    }),
  );
});

test('blank lines are skipped, an event without its newline is not given', async (t) => {
  t.deepEqual(await all(lines(Readable.from([Buffer.from('a\n\r\n\nb\n{"type":"ADD')]))), ['a', 'b']);
});
