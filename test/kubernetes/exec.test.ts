import { writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ApiCall } from '../../src/kubernetes/cluster.ts';
import { ApiError, UnreachableError } from '../../src/kubernetes/errors.ts';
import { exec } from '../../src/kubernetes/exec.ts';
import type { Target } from '../../src/kubernetes/kubeconfig.ts';
import { folder } from './support/folder.ts';
import { connectTo, failure, serve, targetAt } from './support/server.ts';

async function kubelet(
  t: ExecutionContext,
  run: (socket: WebSocket, request: IncomingMessage) => void,
  more: Partial<Target> = {},
) {
  const { server, url } = await serve(t, () => {});
  new WebSocketServer({ server }).on('connection', run);
  return connectTo(t, targetAt(url, more));
}

const send = (socket: WebSocket, channel: number, text: string | Buffer) =>
  socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));

test('stdout as bytes, stderr as text, exit code from the Status', async (t) => {
  const bytes = Buffer.from([0, 255, 1, 2, 3]);
  const cluster = await kubelet(t, (socket, request) => {
    t.is(request.headers['sec-websocket-protocol'], 'v4.channel.k8s.io');
    const url = new URL(request.url ?? '', 'http://x');
    t.is(url.pathname, '/api/v1/namespaces/bosh/pods/agent-1/exec');
    t.deepEqual(url.searchParams.getAll('command'), ['cat', '/a b&c']);
    t.is(url.searchParams.get('container'), 'bosh-job');
    send(socket, 1, '');
    send(socket, 1, bytes.subarray(0, 2));
    send(socket, 2, Buffer.from('grö').subarray(0, 3));
    send(socket, 1, bytes.subarray(2));
    send(socket, 2, Buffer.from('grö').subarray(3));
    const causes = [{ reason: 'ExitCode', message: '3' }];
    send(socket, 3, JSON.stringify({ status: 'Failure', reason: 'NonZeroExitCode', details: { causes } }));
    socket.close();
  });
  const result = await exec(cluster, 'agent-1', 'bosh-job', ['cat', '/a b&c']);
  t.deepEqual(result, { stdout: bytes, stderr: 'grö', exitCode: 3 });
});

test('much output in many frames', async (t) => {
  const cluster = await kubelet(t, (socket) => {
    for (let number = 0; number < 200; number++) send(socket, 1, Buffer.alloc(32_768, number));
    send(socket, 3, '{"status":"Success"}');
    socket.close();
  });
  const { stdout, exitCode } = await exec(cluster, 'p', 'c', ['x']);
  t.is(stdout.length, 200 * 32_768);
  t.is(stdout[199 * 32_768], 199);
  t.is(exitCode, 0);
});

test('a command that could not be started is an ApiError with the runtime message', async (t) => {
  const cluster = await kubelet(t, (socket) => {
    send(socket, 3, JSON.stringify({ status: 'Failure', reason: 'InternalError', message: 'no such file', code: 500 }));
    socket.close();
  });
  const error = await t.throwsAsync(exec(cluster, 'p', 'c', ['x']), { instanceOf: ApiError });
  t.is(error?.message, 'no such file');
  t.is(error?.resource, 'pods/exec');
});

test('a kubelet that does not know the pod yet is asked again, an API server that does not is not', async (t) => {
  const asked: string[] = [];
  const { server, url } = await serve(t, () => {});
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const pod = new URL(request.url ?? '', 'http://x').pathname.split('/').at(-2) ?? '';
    asked.push(pod);
    const text =
      pod === 'gone'
        ? JSON.stringify(failure(404, 'NotFound', 'pods "gone" not found', { name: 'gone' }))
        : 'pod does not exist';
    if (pod === 'gone' || asked.length < 2) {
      socket.end(`HTTP/1.1 404 Not Found\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (open) => {
      send(open, 3, '{"status":"Success"}');
      open.close();
    });
  });
  const cluster = connectTo(t, targetAt(url));
  t.is((await exec(cluster, 'starting', 'c', ['true'])).exitCode, 0);
  await t.throwsAsync(exec(cluster, 'gone', 'c', ['true']), { instanceOf: ApiError });
  t.deepEqual(asked, ['starting', 'starting', 'gone']);
});

test('a connection that ends without a Status is not success', async (t) => {
  const cluster = await kubelet(t, (socket) => {
    send(socket, 1, 'half');
    socket.terminate();
  });
  const error = await t.throwsAsync(exec(cluster, 'p', 'c', ['x']), { instanceOf: UnreachableError });
  t.is(error?.code, 'ECONNRESET');
});

test('a command that does not end is given up, and its connection closed', async (t) => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const cluster = await kubelet(t, (socket) => socket.on('close', resolve));
  // Long enough for the connection to be open on any machine.
  const given = exec(cluster, 'p', 'c', ['sleep'], { timeoutMs: 5000 });
  const error = await t.throwsAsync(given, { instanceOf: UnreachableError });
  t.is(error?.code, 'TIMEOUT');
  t.regex(error?.message ?? '', /did not end within 5000 ms/);
  await closed;
});

test('a server that never upgrades is given up', async (t) => {
  const { server, url } = await serve(t, () => {});
  server.on('upgrade', (_request, socket: Duplex) => t.teardown(() => socket.destroy()));
  const cluster = connectTo(t, targetAt(url));
  const error = await t.throwsAsync(exec(cluster, 'p', 'c', ['x'], { timeoutMs: 100 }), {
    instanceOf: UnreachableError,
  });
  t.is(error?.code, 'TIMEOUT');
});

function refuse(t: ExecutionContext, socket: Duplex, code: number, reason: string, message: string): void {
  const body = JSON.stringify(failure(code, reason, message));
  socket.end(`HTTP/1.1 ${code} X\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  t.teardown(() => socket.destroy());
}

test('a refusal is an ApiError with the message of the Status', async (t) => {
  const { server, url } = await serve(t, () => {});
  server.on('upgrade', (_request, socket: Duplex) => refuse(t, socket, 403, 'Forbidden', 'pods "p" is forbidden'));
  const error = await t.throwsAsync(exec(connectTo(t, targetAt(url)), 'p', 'c', ['x']), { instanceOf: ApiError });
  t.is(error?.status, 403);
  t.is(error?.message, 'pods "p" is forbidden');
  t.is(error?.objectName, 'p');
});

test('a bearer token goes with the upgrade and not into the error of a 401', async (t) => {
  const tokens: (string | undefined)[] = [];
  const { server, url } = await serve(t, () => {});
  server.on('upgrade', (request, socket: Duplex) => {
    tokens.push(request.headers.authorization);
    refuse(t, socket, 401, 'Unauthorized', 'Unauthorized');
  });
  const cluster = connectTo(t, targetAt(url, { credentials: { kind: 'token', token: 'hunter2' } }));
  const error = await t.throwsAsync(exec(cluster, 'p', 'c', ['x']), { instanceOf: ApiError });
  t.is(tokens[0], 'Bearer hunter2');
  t.false(String(error?.stack).includes('hunter2'));
});

test('nothing listens', async (t) => {
  const cluster = connectTo(t, targetAt('http://127.0.0.1:1'));
  const error = await t.throwsAsync(exec(cluster, 'p', 'c', ['x']), { instanceOf: UnreachableError });
  t.is(error?.code, 'ECONNREFUSED');
});

test('opening is tried again after a passing refusal and a reset, and logged; a command that began is not', async (t) => {
  const { server, url } = await serve(t, () => {});
  const sockets = new WebSocketServer({ noServer: true });
  const calls: ApiCall[] = [];
  let asked = 0;
  server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
    asked++;
    if (asked === 1) return refuse(t, socket, 500, 'InternalError', 'error dialing backend');
    if (asked === 2) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (one) => {
      send(one, 1, 'partly');
      one.terminate();
    });
  });
  const cluster = connectTo(t, targetAt(url), { log: (call) => calls.push(call) });
  const error = await t.throwsAsync(exec(cluster, 'p', 'c', ['x', 'hunter2']), { instanceOf: UnreachableError });
  t.regex(error?.message ?? '', /closed before the command ended/);
  t.deepEqual(
    calls.map(({ resource, name, status }) => [resource, name, status]),
    [500, 'ECONNRESET', 101].map((status) => ['pods/exec', 'p', status]),
  );
  t.is(asked, 3);
  t.false(JSON.stringify(calls).includes('hunter2'));
});

test('after a 401 the token file is read again', async (t) => {
  const path = join(folder(t), 'token');
  writeFileSync(path, 'old');
  const { server, url } = await serve(t, () => {});
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
    writeFileSync(path, 'new');
    if (request.headers.authorization !== 'Bearer new') return refuse(t, socket, 401, 'Unauthorized', 'Unauthorized');
    sockets.handleUpgrade(request, socket, head, (one) => {
      send(one, 3, '{"status":"Success"}');
      one.close();
    });
  });
  const cluster = connectTo(t, targetAt(url, { credentials: { kind: 'tokenFile', path } }));
  t.is((await exec(cluster, 'p', 'c', ['x'])).exitCode, 0);
});
