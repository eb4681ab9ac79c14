import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { UnreachableError } from '../../src/kubernetes/errors.ts';
import type { TargetTls } from '../../src/kubernetes/kubeconfig.ts';
import { type CertificateRequest, createAuthority, issueCertificate } from '../cluster/certificate.ts';
import { folder } from './support/folder.ts';
import { answer, connectTo, failure, serve, targetAt } from './support/server.ts';

const authority = createAuthority('test-ca');
const hour = 3_600_000;
const get = { method: 'GET', path: '/version' } as const;

async function secured(t: ExecutionContext, request: Partial<CertificateRequest> = {}) {
  const certificate = issueCertificate(authority, {
    commonName: 'kube',
    names: ['localhost', '127.0.0.1'],
    ...request,
  });
  return await serve(
    t,
    (incoming, response) => {
      const socket = incoming.socket as TLSSocket;
      const user = socket.getPeerCertificate().subject?.CN;
      answer(response, 200, { user, authorized: socket.authorized, sni: socket.servername });
    },
    { ...certificate, ca: authority.cert, requestCert: true, rejectUnauthorized: false },
  );
}

async function refused(t: ExecutionContext, url: string, tls: TargetTls): Promise<UnreachableError | undefined> {
  const attempts: number[] = [];
  const cluster = connectTo(t, targetAt(url, { tls }), { log: (call) => attempts.push(call.attempt) });
  const error = await t.throwsAsync(cluster.json(get), { instanceOf: UnreachableError });
  t.deepEqual(attempts, [1], 'a certificate is not tried again');
  return error;
}

test('a client certificate and the CA of the context are used', async (t) => {
  const { url } = await secured(t);
  const client = issueCertificate(authority, { commonName: 'admin' });
  const cluster = connectTo(t, targetAt(url, { tls: { ca: authority.cert, ...client } }));
  t.like(await cluster.json(get), { user: 'admin', authorized: true });
});

test('an unknown authority', async (t) => {
  const { url } = await secured(t);
  for (const tls of [{}, { ca: createAuthority('other').cert }]) {
    t.regex(
      (await refused(t, url, tls))?.message ?? '',
      /not signed by an authority known here; set certificate-authority-data/,
    );
  }
});

test('an expired certificate', async (t) => {
  const { url } = await secured(t, {
    notBefore: new Date(Date.now() - 9 * hour),
    notAfter: new Date(Date.now() - hour),
  });
  const error = await refused(t, url, { ca: authority.cert });
  t.is(error?.code, 'CERT_HAS_EXPIRED');
  t.regex(error?.message ?? '', /has expired; renew/);
});

test('a certificate that is not valid yet', async (t) => {
  const { url } = await secured(t, { notBefore: new Date(Date.now() + hour) });
  t.is((await refused(t, url, { ca: authority.cert }))?.code, 'CERT_NOT_YET_VALID');
});

test('a certificate for another name, and tls-server-name that makes it good', async (t) => {
  const { url } = await secured(t, { names: ['kubernetes.default.svc'] });
  const error = await refused(t, url, { ca: authority.cert });
  t.is(error?.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  t.regex(error?.message ?? '', /tls-server-name.*kubernetes\.default\.svc/);
  const serverName = 'kubernetes.default.svc';
  const cluster = connectTo(t, targetAt(url, { tls: { ca: authority.cert, serverName } }));
  t.like(await cluster.json(get), { sni: serverName });
});

test('tls-server-name may be an address', async (t) => {
  const { url } = await secured(t, { names: ['10.9.8.7'] });
  const tls = { ca: authority.cert, serverName: '10.9.8.7' };
  t.like(await connectTo(t, targetAt(url, { tls })).json(get), { authorized: false });
  t.is((await refused(t, url, { ...tls, serverName: '10.9.8.6' }))?.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
});

test('insecure-skip-tls-verify takes any certificate', async (t) => {
  const { url } = await secured(t, { names: ['other'] });
  const cluster = connectTo(t, targetAt(url, { tls: { insecureSkipVerify: true } }));
  t.like(await cluster.json(get), { authorized: false });
});

test('https to a server that speaks plain HTTP', async (t) => {
  const { url } = await serve(t, (_, response) => answer(response, 200, {}));
  const cluster = connectTo(t, targetAt(url.replace('http:', 'https:')), { retry: { attempts: 1 } });
  const error = await t.throwsAsync(cluster.json(get), { instanceOf: UnreachableError });
  t.regex(error?.message ?? '', /https:\/\/ or http:\/\//);
});

test('a certificate or key that is no PEM', async (t) => {
  const { url } = await secured(t);
  const { cert } = issueCertificate(authority, { commonName: 'admin' });
  const error = await refused(t, url, { ca: authority.cert, cert, key: 'hunter2' });
  t.regex(error?.message ?? '', /the CA, client certificate or key of the context cannot be used/);
  t.false(String(error?.stack).includes('hunter2'));
});

test('a 401 for an expired client certificate says so', async (t) => {
  const server = issueCertificate(authority, { commonName: 'kube', names: ['127.0.0.1'] });
  const { url } = await serve(
    t,
    (_, response) => answer(response, 401, failure(401, 'Unauthorized', 'Unauthorized')),
    server,
  );
  const ended = { notBefore: new Date(Date.now() - 9 * hour), notAfter: new Date(Date.now() - hour) };
  const old = issueCertificate(authority, { commonName: 'admin', ...ended });
  const error = await t.throwsAsync(connectTo(t, targetAt(url, { tls: { ca: authority.cert, ...old } })).json(get));
  t.regex(error?.message ?? '', /^Unauthorized: the client certificate of the context expired on .*; renew it$/);
  const good = issueCertificate(authority, { commonName: 'admin' });
  const other = await t.throwsAsync(connectTo(t, targetAt(url, { tls: { ca: authority.cert, ...good } })).json(get));
  t.is(other?.message, 'Unauthorized');
});

test("a plugin's client certificate is used for the connection, and the next one after it was renewed", async (t) => {
  const { url } = await secured(t);
  const names = join(folder(t), 'names.json');
  const certificates = ['first', 'second'].map((commonName) => issueCertificate(authority, { commonName }));
  writeFileSync(
    names,
    JSON.stringify(certificates.map(({ cert, key }) => ({ clientCertificateData: cert, clientKeyData: key }))),
  );
  const script = `const fs = require('node:fs');
    const left = JSON.parse(fs.readFileSync(${JSON.stringify(names)}));
    const status = { ...left.shift(), expirationTimestamp: new Date().toISOString() };
    fs.writeFileSync(${JSON.stringify(names)}, JSON.stringify(left));
    console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status }));`;
  const plugin = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: ['-e', script],
    env: {},
  };
  const target = targetAt(url, { tls: { ca: authority.cert }, credentials: { kind: 'exec', plugin } });
  const cluster = connectTo(t, target);
  t.like(await cluster.json(get), { user: 'first', authorized: true });
  t.like(await cluster.json(get), { user: 'second', authorized: true });
});
