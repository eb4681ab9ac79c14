import { gunzipSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { gzip } from '../../src/stemcell/image/gzip.ts';

async function packed(chunks: readonly Buffer[]): Promise<Buffer> {
  async function* source() {
    yield* chunks;
  }
  const all: Buffer[] = [];
  for await (const chunk of gzip(source())) all.push(chunk);
  return Buffer.concat(all);
}

/** The bytes cut at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

test('what is compressed comes back, and does not depend on how it arrived', async (t) => {
  // more than two blocks, so that cuts fall into and between them
  const text = Buffer.from(Array.from({ length: 330_000 }, (_, index) => `${index}\n`).join(''));
  const whole = await packed([text]);
  t.true(gunzipSync(whole).equals(text));
  t.true(whole.length < text.length / 2);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { maxLength: 5 }), async (places) => {
      t.true((await packed(cut(text, places))).equals(whole));
    }),
    { numRuns: 5 },
  );
});

test('any small input comes back', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      t.deepEqual(gunzipSync(await packed([Buffer.from(bytes)])), Buffer.from(bytes));
    }),
    { numRuns: 50 },
  );
});

test('the header tells no time and no system', async (t) => {
  t.is((await packed([])).subarray(0, 10).toString('hex'), '1f8b08000000000000ff');
});
