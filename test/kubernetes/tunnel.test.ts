import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { WebSocketServer } from 'ws';
import { UnreachableError } from '../../src/kubernetes/errors.ts';
import { exec } from '../../src/kubernetes/exec.ts';
import { createAuthority, issueCertificate } from '../cluster/certificate.ts';
import { answer, connectTo, serve, targetAt } from './support/server.ts';

const authority = createAuthority('test-ca');
const certificate = issueCertificate(authority, { commonName: 'kube', names: ['127.0.0.1', 'kube.example.com'] });
const client = issueCertificate(authority, { commonName: 'admin' });
const get = { method: 'GET', path: '/version' } as const;

interface Proxy {
  readonly url: string;
  readonly asked: { readonly authority: string; readonly authorization: string | undefined }[];
}

/** A CONNECT proxy that leads every tunnel to one port, so that names need not resolve. */
async function proxy(
  t: ExecutionContext,
  port: number,
  options: { status?: number; secure?: boolean } = {},
): Promise<Proxy> {
  const asked: Proxy['asked'] = [];
  const server = options.secure === true ? createSecureServer(certificate) : createServer();
  server.on('connect', (request: IncomingMessage, near: Socket) => {
    asked.push({ authority: request.url ?? '', authorization: request.headers['proxy-authorization'] });
    if (options.status !== undefined) return near.end(`HTTP/1.1 ${options.status} No\r\n\r\n`);
    const far = connectTcp(port, '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      far.pipe(near).pipe(far);
    });
    far.on('error', () => near.destroy());
    near.on('error', () => far.destroy());
    t.teardown(() => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { url: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function kube(t: ExecutionContext) {
  return await serve(t, (request, response) => answer(response, 200, { host: request.headers.host }), {
    ...certificate,
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
  });
}

const target = targetAt('https://kube.example.com:6443', { tls: { ca: authority.cert, ...client } });

test('TLS with a client certificate goes through the tunnel, on one connection for many requests', async (t) => {
  const { port } = await kube(t);
  const { url, asked } = await proxy(t, port);
  const cluster = connectTo(t, { ...target, proxyUrl: `http://me:p%40ss@${url}` });
  for (let number = 0; number < 3; number++) {
    t.deepEqual(await cluster.json(get), { host: 'kube.example.com:6443' });
  }
  t.deepEqual(asked, [{ authority: 'kube.example.com:6443', authorization: 'Basic bWU6cEBzcw==' }]);
});

test('a server with an address is verified against the address', async (t) => {
  const { port, url } = await kube(t);
  const through = await proxy(t, port);
  const cluster = connectTo(t, { ...target, server: url, proxyUrl: `http://${through.url}` });
  await cluster.json(get);
  t.is(through.asked[0]?.authority, `127.0.0.1:${port}`);
});

test('tls-server-name is verified through the tunnel too', async (t) => {
  const { port } = await kube(t);
  const { url } = await proxy(t, port);
  const elsewhere = { ...target, server: 'https://10.0.0.1', proxyUrl: `http://${url}` };
  const error = await t.throwsAsync(connectTo(t, elsewhere).json(get), { instanceOf: UnreachableError });
  t.is(error?.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  const named = { ...elsewhere, tls: { ...target.tls, serverName: 'kube.example.com' } };
  t.truthy(await connectTo(t, named).json(get));
});

test('HTTPS_PROXY is used, NO_PROXY exempts', async (t) => {
  const { port } = await kube(t);
  const { url, asked } = await proxy(t, port);
  const env = { HTTPS_PROXY: `http://${url}` };
  await connectTo(t, target, { env }).json(get);
  t.is(asked.length, 1);
  const direct = connectTo(t, target, { env: { ...env, NO_PROXY: '.example.com' }, retry: { attempts: 1 } });
  await t.throwsAsync(direct.json(get), { instanceOf: UnreachableError });
  t.is(asked.length, 1);
});

test('a proxy may itself speak TLS', async (t) => {
  const { port } = await kube(t);
  const { url, asked } = await proxy(t, port, { secure: true });
  const cluster = connectTo(t, { ...target, proxyUrl: `https://${url}` }, { retry: { attempts: 1 } });
  const error = await t.throwsAsync(cluster.json(get), { instanceOf: UnreachableError });
  t.regex(
    error?.message ?? '',
    /^the proxy https:.* could not be reached/,
    'its certificate is checked against the CAs of this machine',
  );
  t.is(asked.length, 0);
});

test('a proxy that refuses is named, without its password', async (t) => {
  const { url, asked } = await proxy(t, 1, { status: 407 });
  const cluster = connectTo(t, { ...target, proxyUrl: `http://me:hunter2@${url}` });
  const error = await t.throwsAsync(cluster.json(get), { instanceOf: UnreachableError });
  t.is(error?.code, 'PROXY_REFUSED');
  t.is(error?.message, `the proxy http://${url} answered 407 when asked for a connection to kube.example.com:6443`);
  t.is(asked.length, 1);
});

test('a proxy that is not there is named', async (t) => {
  const { url } = await proxy(t, 1);
  const cluster = connectTo(t, { ...target, proxyUrl: 'http://127.0.0.1:1' }, { retry: { attempts: 1 } });
  const error = await t.throwsAsync(cluster.json(get), { instanceOf: UnreachableError });
  t.is(error?.code, 'ECONNREFUSED');
  t.regex(error?.message ?? '', /^the proxy http:\/\/127\.0\.0\.1:1 could not be reached/);
  t.truthy(url);
});

test('exec goes through the tunnel', async (t) => {
  const { server, port } = await kube(t);
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.send(Buffer.from('\x01out'));
    socket.send(Buffer.from('\x03{"status":"Success"}'));
    socket.close();
  });
  const { url, asked } = await proxy(t, port);
  const result = await exec(connectTo(t, { ...target, proxyUrl: `http://${url}` }), 'pod', 'c', ['true']);
  t.deepEqual(result, { stdout: Buffer.from('out'), stderr: '', exitCode: 0 });
  t.is(asked.length, 1);
});
