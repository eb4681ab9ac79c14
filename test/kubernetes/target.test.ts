import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import {
  inClusterTarget,
  type KubeconfigUser,
  parseKubeconfig,
  type Target,
  targetOf,
} from '../../src/kubernetes/kubeconfig.ts';
import { folder } from './support/folder.ts';

async function targetWith(user: KubeconfigUser, cluster: object = {}, context: object = {}): Promise<Target> {
  return targetOf(
    await parseKubeconfig({
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', ...context } }],
      clusters: [{ name: 'c', cluster: { server: 'https://kube:6443', ...cluster } }],
      users: [{ name: 'u', user }],
    }),
  );
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

test('a context without a user or namespace is anonymous in default', async (t) => {
  const target = await targetWith({}, {}, { user: undefined });
  t.deepEqual(target, {
    context: 'x',
    server: 'https://kube:6443',
    namespace: 'default',
    tls: {},
    credentials: { kind: 'none' },
  });
});

test('data wins over files, and a file that is not used need not exist', async (t) => {
  const target = await targetWith(
    { 'client-certificate-data': base64('cert'), 'client-certificate': '/nowhere', 'client-key-data': base64('key') },
    { 'certificate-authority-data': base64('ca'), 'certificate-authority': '/nowhere', 'tls-server-name': 'n' },
  );
  t.deepEqual(target.tls, { ca: 'ca', cert: 'cert', key: 'key', serverName: 'n' });
});

test('a certificate file that is missing is named with its context', async (t) => {
  const error = await t.throwsAsync(targetWith({ 'client-key': '/nowhere/key' }));
  t.is(error?.message, 'context x: client-key /nowhere/key could not be read: ENOENT');
  t.is(error?.name, 'CredentialError');
});

test('credentials are taken in client-go order', async (t) => {
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'login' };
  const all = { tokenFile: '/f', token: 't', username: 'me', password: 'p', exec };
  t.deepEqual((await targetWith(all)).credentials, { kind: 'tokenFile', path: '/f' });
  const { tokenFile: _, ...noFile } = all;
  t.deepEqual((await targetWith(noFile)).credentials, { kind: 'token', token: 't' });
  const { token: __, ...noToken } = noFile;
  t.deepEqual((await targetWith(noToken)).credentials, { kind: 'basic', username: 'me', password: 'p' });
  t.is((await targetWith({ exec })).credentials.kind, 'exec');
});

test('an exec plugin gets its arguments, environment, hint and, when asked for, the cluster', async (t) => {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    command: 'login',
    args: ['-v'],
    env: [{ name: 'A', value: 'b' }],
    installHint: 'get it',
    provideClusterInfo: true,
  };
  const { credentials } = await targetWith(
    { exec },
    {
      'certificate-authority-data': base64('ca'),
      'certificate-authority': '/nowhere',
      extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'a' } }],
    },
  );
  t.deepEqual(credentials, {
    kind: 'exec',
    plugin: {
      apiVersion: exec.apiVersion,
      command: 'login',
      args: ['-v'],
      env: { A: 'b' },
      installHint: 'get it',
      cluster: {
        server: 'https://kube:6443',
        'certificate-authority-data': base64('ca'),
        config: { audience: 'a' },
      },
    },
  });
});

test('what cannot work is refused with its place', async (t) => {
  const cases: readonly [KubeconfigUser, object, RegExp][] = [
    [{ exec: { apiVersion: 'client.authentication.k8s.io/v1' } }, {}, /^context x: exec\.command: required$/],
    [
      { exec: { apiVersion: 'client.authentication.k8s.io/v1alpha1', command: 'a' } },
      {},
      /exec\.apiVersion: .*v1alpha1/,
    ],
    [{ 'auth-provider': { name: 'gcp' } }, {}, /auth-provider gcp was removed/],
    [{}, { server: undefined }, /^cluster c: server: required$/],
    [{}, { server: 'ftp://x' }, /^cluster c: server: not an http\(s\) URL: ftp:\/\/x$/],
  ];
  for (const [user, cluster, message] of cases) await t.throwsAsync(targetWith(user, cluster), { message });
});

test('impersonation becomes headers', async (t) => {
  const target = await targetWith({
    as: 'jane',
    'as-groups': ['a', 'b'],
    'as-uid': '7',
    'as-user-extra': { 'x/y': ['z'] },
  });
  t.deepEqual(target.impersonation, {
    'Impersonate-User': 'jane',
    'Impersonate-Uid': '7',
    'Impersonate-Group': ['a', 'b'],
    'Impersonate-Extra-x%2Fy': ['z'],
  });
});

test('what is missing is named, with what there is', async (t) => {
  const kubeconfig = await parseKubeconfig({
    contexts: [
      { name: 'a', context: { cluster: 'gone', user: 'u' } },
      { name: 'b', context: { cluster: 'c', user: 'gone' } },
    ],
    clusters: [{ name: 'c', cluster: { server: 'https://kube' } }],
    users: [{ name: 'u', user: {} }],
  });
  const message = (context?: string) => t.throws(() => targetOf(kubeconfig, context))?.message;
  t.is(message(), 'the kubeconfig has no current-context and none was given; known contexts: a, b');
  t.is(message('z'), 'context z is not in the kubeconfig; known contexts: a, b');
  t.is(message('a'), 'context a names cluster gone, which is not in the kubeconfig; known clusters: c');
  t.is(message('b'), 'context b names user gone, which is not in the kubeconfig; known users: u');
});

test('the service account of a pod', (t) => {
  const dir = folder(t);
  const caFile = join(dir, 'ca.crt');
  writeFileSync(caFile, 'ca');
  const options = { tokenFile: join(dir, 'token'), caFile, namespace: 'bosh' };
  const target = inClusterTarget({ host: 'fd00::1', port: 6443, ...options });
  t.is(target.server, 'https://[fd00::1]:6443');
  t.deepEqual(target.tls, { ca: 'ca' });
  t.deepEqual(target.credentials, { kind: 'tokenFile', path: join(dir, 'token') });
  t.is(inClusterTarget({ host: '10.96.0.1', ...options }).server, 'https://10.96.0.1:443');
  const missing = t.throws(() => inClusterTarget({ host: 'x', ...options, caFile: join(dir, 'no') }));
  t.regex(missing?.message ?? '', /could not be read: ENOENT; is this a pod with a service account\?$/);
});
