import { X509Certificate } from 'node:crypto';
import test from 'ava';
import { selfSigned } from '../../src/sandbox/certificate.ts';
import { started } from './started.ts';

test('the certificate is one of its own key, for its name and address, valid now', (t) => {
  const pair = selfSigned('some-node', '127.0.0.1');
  const certificate = new X509Certificate(pair.cert);
  t.is(certificate.subject, 'CN=some-node');
  t.is(certificate.checkHost('some-node'), 'some-node');
  t.is(certificate.checkIP('127.0.0.1'), '127.0.0.1');
  t.true(certificate.verify(certificate.publicKey));
  t.true(certificate.validFromDate.getTime() < Date.now() && certificate.validToDate.getTime() > Date.now());
  t.not(new X509Certificate(selfSigned('some-node').cert).serialNumber, certificate.serialNumber);
});

test('a client that trusts it gets in over TLS', async (t) => {
  const { sandbox, cluster } = await started(t, { tls: true });
  t.regex(sandbox.url, /^https:/);
  const nodes = await cluster.json<{ items: unknown[] }>({ method: 'GET', path: '/api/v1/nodes' });
  t.is(nodes.items.length, 1);
});
