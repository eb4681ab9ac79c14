import test from 'ava';
import type { DirectorTarget } from '../../src/director/target.ts';
import { UnreachableError } from '../../src/kubernetes/errors.ts';
import { createAuthority } from '../cluster/certificate.ts';
import { certified, connectTo, json, recorded, scripted, toTask } from './support/director.ts';

const nowhere: DirectorTarget = {
  name: 'lab',
  url: 'https://127.0.0.1:1',
  ca: undefined,
  credentials: { kind: 'client', client: 'admin', secret: 'c4n4ry-secret' },
};

test('a Director is spoken to by TLS with its own CA', async (t) => {
  const { target, asked } = await scripted(t, { 'GET /locks': json([]) }, certified());
  t.regex(target.url, /^https:/);
  t.deepEqual(await connectTo(t, target).locks(), []);
  t.is(asked.at(-1)?.headers.authorization, `Basic ${Buffer.from('admin:c4n4ry-secret').toString('base64')}`);
});

test('a CA that is not the Director’s', async (t) => {
  const { target } = await scripted(t, {}, certified());
  for (const ca of [undefined, createAuthority('other').cert]) {
    const error = await t.throwsAsync(connectTo(t, { ...target, ca }).locks(), { instanceOf: UnreachableError });
    t.regex(error?.message ?? '', /not signed by an authority known here; set BOSH_CA_CERT to the CA of the Director/);
  }
});

test('nothing listens there', async (t) => {
  const message = /^https:\/\/127.0.0.1:1 could not be reached: nothing listens .* check BOSH_ENVIRONMENT/;
  await t.throwsAsync(connectTo(t, nowhere).deleteVm('vm-1'), { message });
});

test('a password that is not taken is said without it', async (t) => {
  const { target } = await scripted(t, { 'GET /deployments': recorded('unauthorized') });
  const error = await t.throwsAsync(connectTo(t, target).deployments());
  t.is(
    error?.message,
    'lab does not accept the credentials of admin; check BOSH_CLIENT and BOSH_CLIENT_SECRET, or run `bosh -e lab log-in`',
  );
});

test('a redirect is never followed to another host', async (t) => {
  const other = await scripted(t, {});
  const { target } = await scripted(t, {
    'DELETE /disks/disk-1': { status: 302, headers: { Location: `${other.target.url}/tasks/45` } },
    'GET /locks': { status: 302, headers: { Location: `${other.target.url}/locks` } },
  });
  const client = connectTo(t, target);
  t.is(await client.deleteDisk('disk-1'), 45);
  await t.throwsAsync(client.locks(), { message: /answered 302 to GET \/locks/ });
  t.deepEqual(other.asked, []);
});

test('a read is asked again while the Director restarts', async (t) => {
  let times = 0;
  const { target } = await scripted(t, {
    'GET /locks': (_, response) => {
      times += 1;
      if (times === 1) return { status: 502, body: '<html>Bad Gateway</html>' };
      if (times === 2) {
        response.destroy();
        return undefined;
      }
      return json([]);
    },
  });
  t.deepEqual(await connectTo(t, target).locks(), []);
});

test('a change is sent once, and its doubt is said', async (t) => {
  const { target, requests } = await scripted(t, {
    'DELETE /vms/vm-1': (_, response) => {
      response.destroy();
      return undefined;
    },
    'DELETE /vms/vm-2': { status: 502 },
  });
  const client = connectTo(t, target);
  await t.throwsAsync(client.deleteVm('vm-1'), {
    message: /whether the Director took DELETE \/vms\/vm-1 is not known: look at its tasks/,
  });
  await t.throwsAsync(client.deleteVm('vm-2'), { message: /answered 502 to DELETE \/vms\/vm-2/ });
  t.deepEqual(requests(), ['DELETE /vms/vm-1', 'DELETE /vms/vm-2']);
});

test('a Director that does not answer, or stops within its answer, is given up on', async (t) => {
  const { target } = await scripted(t, {
    'POST /deployments/cf/scans': () => undefined,
    'GET /locks': (_, response) => {
      response.writeHead(200).write('[');
      return undefined;
    },
  });
  const client = connectTo(t, target, { timeoutMs: 100 });
  await t.throwsAsync(client.scanProblems('cf'), { message: /did not answer within 100 ms/ });
  await t.throwsAsync(client.locks(), { message: /did not finish its answer within 100 ms/ });
});

test('something else that answers there is no Director', async (t) => {
  const { target } = await scripted(t, {
    'GET /locks': { status: 200, body: '<html>welcome</html>' },
    'GET /disks': json([{ disk_cid: 1 }]),
    'PUT /deployments/cf/problems': { status: 302, headers: { Location: '/login' } },
  });
  const client = connectTo(t, target);
  await t.throwsAsync(client.locks(), { message: /its answer to GET \/locks is no JSON; check that BOSH_ENVIRONMENT/ });
  await t.throwsAsync(client.orphanDisks(), { message: /\[0\]\.disk_cid: expected string/ });
  await t.throwsAsync(client.resolveProblems('cf', new Map()), { message: /names no task/ });
});

test('the host in Location is the Director’s own business', async (t) => {
  for (const status of [302, 303]) {
    const { target } = await scripted(t, { 'DELETE /vms/eu:vm-1': toTask(12, status) });
    t.is(await connectTo(t, target).deleteVm('eu:vm-1'), 12);
  }
});

test('the secret is in no error', async (t) => {
  const answers = [401, 403, 500].map((status) => ({ status, body: 'no' }));
  for (const answer of [...answers, { status: 200, body: '{' }]) {
    const { target } = await scripted(t, { 'GET /locks': answer });
    const error = await t.throwsAsync(connectTo(t, target).locks());
    t.notRegex(`${error?.stack}${JSON.stringify(error)}`, /c4n4ry|YzRuNHJ5/);
  }
});
