import { PassThrough, Writable } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { ApiError, UnreachableError } from '../../src/kubernetes/errors.ts';
import { execTerminal } from '../../src/kubernetes/exec-terminal.ts';
import { answer, connectTo, failure, serve, targetAt } from './support/server.ts';

const place = { namespace: 'other', pod: 'agent-1', container: 'bosh-job' };
const size = { columns: 80, rows: 24 };

async function kubelet(t: ExecutionContext, run: (socket: WebSocket, url: URL) => void, autoPong = true) {
  const { server, url } = await serve(t, () => {});
  new WebSocketServer({ server, autoPong }).on('connection', (socket, request) =>
    run(socket, new URL(request.url ?? '', url)),
  );
  return connectTo(t, targetAt(url));
}

const send = (socket: WebSocket, channel: number, text: string | Buffer) =>
  socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(text)]));

/** What the other side was told, channel and text. */
function heard(socket: WebSocket): [number | undefined, string][] {
  const frames: [number | undefined, string][] = [];
  socket.on('message', (data: RawData) => {
    const bytes = data as Buffer;
    frames.push([bytes[0], bytes.subarray(1).toString()]);
  });
  return frames;
}

test('size first, then what is typed and new sizes; output as bytes; the exit code from the Status', async (t) => {
  let frames: [number | undefined, string][] = [];
  const cluster = await kubelet(t, (socket, url) => {
    t.is(socket.protocol, 'v5.channel.k8s.io');
    t.is(url.pathname, '/api/v1/namespaces/other/pods/agent-1/exec');
    const asked = ['stdin', 'stdout', 'stderr', 'tty', 'container'].map((key) => url.searchParams.get(key));
    t.deepEqual(asked, ['true', 'true', null, 'true', 'bosh-job']);
    frames = heard(socket);
    send(socket, 1, '');
    send(socket, 1, Buffer.from([0xff, 0x00]));
    socket.on('message', (data: RawData) => {
      if ((data as Buffer)[0] !== 0) return;
      const causes = [{ reason: 'ExitCode', message: '130' }];
      send(socket, 3, JSON.stringify({ status: 'Failure', reason: 'NonZeroExitCode', details: { causes } }));
      socket.close();
    });
  });
  const output = new PassThrough();
  const session = await execTerminal(cluster, place, ['/bin/bash', '-l'], { size, output });
  session.resize({ columns: 120, rows: 40 });
  session.write('\x03');
  t.is(await session.ended, 130);
  t.deepEqual(frames, [
    [4, '{"Width":80,"Height":24}'],
    [4, '{"Width":120,"Height":40}'],
    [0, '\x03'],
  ]);
  t.deepEqual(output.read(), Buffer.from([0xff, 0x00]));
});

test('a command that could not be started, and a refusal, are the messages of their Status', async (t) => {
  const cluster = await kubelet(t, (socket) => {
    send(socket, 3, JSON.stringify({ status: 'Failure', reason: 'InternalError', message: 'no such file', code: 500 }));
    socket.close();
  });
  const session = await execTerminal(cluster, place, ['x'], { size, output: new PassThrough() });
  await t.throwsAsync(session.ended, { instanceOf: ApiError, message: 'no such file' });
  const { url } = await serve(t, (_request, response) => answer(response, 403, failure(403, 'Forbidden', 'not you')));
  const refused = execTerminal(connectTo(t, targetAt(url)), place, ['x'], { size, output: new PassThrough() });
  await t.throwsAsync(refused, { instanceOf: ApiError, message: 'not you' });
});

test('a broken connection, and hanging up, end the session', async (t) => {
  const cluster = await kubelet(t, (socket) => {
    heard(socket);
    socket.on('message', (data: RawData) => (data as Buffer)[0] === 0 && socket.terminate());
  });
  const open = () => execTerminal(cluster, place, ['x'], { size, output: new PassThrough() });
  const broken = await open();
  broken.write('x');
  t.is((await t.throwsAsync(broken.ended, { instanceOf: UnreachableError }))?.code, 'ECONNRESET');
  const left = await open();
  left.abandon();
  t.is((await t.throwsAsync(left.ended, { instanceOf: UnreachableError }))?.code, 'ABORTED');
  left.write('goes nowhere');
});

test('a connection that no longer answers does not hold the terminal', async (t) => {
  const silent = await kubelet(t, (socket) => t.teardown(() => socket.terminate()), false);
  const session = await execTerminal(silent, place, ['x'], { size, output: new PassThrough(), heartbeatMs: 10 });
  t.is((await t.throwsAsync(session.ended, { instanceOf: UnreachableError }))?.code, 'TIMEOUT');
});

test('a slow terminal holds the command back instead of filling the memory', async (t) => {
  const chunk = Buffer.alloc(65_536, 120);
  let sent = 0;
  const cluster = await kubelet(t, (socket) => {
    const more = () => {
      for (; sent < 2000 && socket.bufferedAmount < 1e6; sent++) send(socket, 1, chunk);
      if (sent < 2000) setTimeout(more, 5);
      else {
        send(socket, 3, '{"status":"Success"}');
        socket.close();
      }
    };
    more();
  });
  let received = 0;
  let most = 0;
  const output: Writable = new Writable({
    write(bytes: Buffer, _encoding, done) {
      received += bytes.length;
      most = Math.max(most, output.writableLength);
      setImmediate(done);
    },
  });
  const session = await execTerminal(cluster, place, ['x'], { size, output });
  t.is(await session.ended, 0);
  t.is(received + output.writableLength, 2000 * chunk.length);
  t.true(most < 10e6, `${most} bytes were held`);
});
