import test, { type ExecutionContext } from 'ava';
import { connectTo, serve, targetAt } from './support/server.ts';

/** A server whose only answer is a stream that begins with one line. */
async function streaming(t: ExecutionContext) {
  const closed = Promise.withResolvers<void>();
  const cutting = Promise.withResolvers<() => void>();
  const { url } = await serve(t, (_request, response) => {
    response.on('close', closed.resolve);
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.write('{}\n');
    cutting.resolve(() => response.socket?.destroy());
  });
  return { cluster: connectTo(t, targetAt(url)), closed: closed.promise, cut: cutting.promise };
}

test('leaving a stream closes its connection', async (t) => {
  const { cluster, closed } = await streaming(t);
  for await (const chunk of await cluster.stream('/watch')) {
    t.is(Buffer.from(chunk).toString(), '{}\n');
    break;
  }
  await t.notThrowsAsync(closed);
});

test('a stream that breaks says so with a code', async (t) => {
  const { cluster, cut } = await streaming(t);
  const read = async () => {
    for await (const _ of await cluster.stream('/watch')) (await cut)();
  };
  await t.throwsAsync(read, { code: 'ECONNRESET' });
});

test('an aborted stream ends, also when nobody reads it', async (t) => {
  const read = await streaming(t);
  const abort = new AbortController();
  const reading = (async () => {
    for await (const _ of await read.cluster.stream('/watch', { signal: abort.signal })) abort.abort();
  })();
  await t.throwsAsync(reading);
  await read.closed;
  const unread = await streaming(t);
  const second = new AbortController();
  await unread.cluster.stream('/watch', { signal: second.signal });
  second.abort();
  await t.notThrowsAsync(unread.closed);
});
