import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import test from 'ava';
import { createAuthority, issueCertificate } from './certificate.ts';

const authority = createAuthority('test');

test('an authority verifies what it issued, and nothing else', (t) => {
  const issued = new X509Certificate(issueCertificate(authority, { commonName: 'a' }).cert);
  t.true(issued.checkIssued(new X509Certificate(authority.cert)));
  t.true(issued.verify(new X509Certificate(authority.cert).publicKey));
  t.false(issued.verify(new X509Certificate(createAuthority('test').cert).publicKey));
});

test('a name may be long or outside ASCII, and organizations become groups', (t) => {
  const commonName = `system:node:${'n'.repeat(180)}-é`;
  const { cert, key } = issueCertificate(authority, { commonName, organizations: ['system:nodes', 'second'] });
  const parsed = new X509Certificate(cert);
  t.true(parsed.checkPrivateKey(createPrivateKey(key)));
  t.is(parsed.subject, `O=system:nodes\nO=second\nCN=${commonName}`);
});

test('a certificate is good between its dates, to the second', (t) => {
  const notBefore = new Date('2020-01-02T03:04:05Z');
  const notAfter = new Date('2021-11-12T13:14:15Z');
  const parsed = new X509Certificate(issueCertificate(authority, { commonName: 'a', notBefore, notAfter }).cert);
  t.deepEqual([parsed.validFromDate, parsed.validToDate], [notBefore, notAfter]);
});

test('a server is known by its names and addresses, a client by its common name', async (t) => {
  const server = issueCertificate(authority, { commonName: 'server', names: ['localhost', '127.0.0.1'] });
  const client = issueCertificate(authority, { commonName: 'client' });
  const listener = createServer({ ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const accepted = once(listener, 'secureConnection') as Promise<[TLSSocket]>;
  const socket = connect({ ...client, ca: authority.cert, host: '127.0.0.1', port });
  await once(socket, 'secureConnect');
  const [peer] = await accepted;
  t.is(peer.getPeerCertificate().subject.CN, 'client');
  const wrong = connect({ ...client, ca: authority.cert, host: '127.0.0.1', port, servername: 'other.example' });
  const [error] = (await once(wrong, 'error').catch((reason) => [reason])) as [NodeJS.ErrnoException];
  t.is(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  for (const each of [socket, peer, wrong]) each.destroy();
  listener.close();
});
