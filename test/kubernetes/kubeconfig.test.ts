import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { loadKubeconfig, mergeKubeconfigs, parseKubeconfig } from '../../src/kubernetes/kubeconfig.ts';
import { folder } from './support/folder.ts';

function filesIn(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const path = folder(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

const first = `
current-context: one
contexts: [{name: one, context: {cluster: red, user: admin}}]
clusters:
- name: red
  cluster: {server: https://red:6443, certificate-authority: pki/ca.crt}
users: []
`;

const second = `
current-context: two
contexts:
- {name: two, context: {cluster: blue, user: admin, namespace: bosh}}
- {name: one, context: {cluster: blue, user: other}}
clusters:
- {name: blue, cluster: {server: https://blue:6443}}
- {name: red, cluster: {server: https://stolen:6443, tls-server-name: x}}
users:
- name: admin
  user:
    client-certificate: admin.crt
    client-key: /abs/admin.key
    exec: {apiVersion: client.authentication.k8s.io/v1, command: ./bin/login}
- {name: other, user: {tokenFile: token, exec: {apiVersion: client.authentication.k8s.io/v1, command: login}}}
`;

test('of several files the first definition of a name wins whole, and so does the first current-context', async (t) => {
  const dir = filesIn(t, { 'a/config': first, 'b/config': second });
  const env = { KUBECONFIG: [join(dir, 'a/config'), join(dir, 'missing'), '', join(dir, 'b/config')].join(delimiter) };
  const merged = await loadKubeconfig({ env });
  t.is(merged.currentContext, 'one');
  t.deepEqual(merged.contexts.get('one'), { cluster: 'red', user: 'admin' });
  t.deepEqual([...merged.contexts.keys()], ['one', 'two']);
  t.is(merged.clusters.get('red')?.server, 'https://red:6443');
  t.is(merged.clusters.get('red')?.['tls-server-name'], undefined);
});

test('relative paths are relative to the file that names them', async (t) => {
  const dir = filesIn(t, { 'a/config': first, 'b/config': second });
  const merged = await loadKubeconfig({ paths: [join(dir, 'a/config'), join(dir, 'b/config')] });
  t.is(merged.clusters.get('red')?.['certificate-authority'], join(dir, 'a/pki/ca.crt'));
  t.is(merged.users.get('admin')?.['client-certificate'], join(dir, 'b/admin.crt'));
  t.is(merged.users.get('admin')?.['client-key'], '/abs/admin.key');
  t.is(merged.users.get('other')?.tokenFile, join(dir, 'b/token'));
  t.is(merged.users.get('admin')?.exec?.command, join(dir, 'b/bin/login'));
  t.is(merged.users.get('other')?.exec?.command, 'login', 'a bare command is looked up in PATH');
});

test('without KUBECONFIG it is ~/.kube/config', async (t) => {
  const home = filesIn(t, { '.kube/config': second });
  t.is((await loadKubeconfig({ env: { HOME: home } })).currentContext, 'two');
});

test('a file that was asked for by name must exist, and no file at all is an error that lists them', async (t) => {
  const dir = filesIn(t, {});
  const missing = join(dir, 'missing');
  t.is(
    (await t.throwsAsync(loadKubeconfig({ paths: [missing] })))?.message,
    `kubeconfig ${missing} could not be read: ENOENT`,
  );
  const none = await t.throwsAsync(loadKubeconfig({ env: { KUBECONFIG: missing } }));
  t.is(none?.message, `no kubeconfig found: looked at ${missing}`);
});

test('JSON, YAML, an object and an empty text are all taken', async (t) => {
  const document = { 'current-context': 'x', contexts: [{ name: 'x', context: { cluster: 'c' } }], users: null };
  const fromObject = await parseKubeconfig(document);
  t.deepEqual(await parseKubeconfig(JSON.stringify(document)), fromObject);
  t.deepEqual(
    await parseKubeconfig('current-context: x\ncontexts:\n- name: x\n  context: {cluster: c}\nusers:'),
    fromObject,
  );
  t.deepEqual(await parseKubeconfig('{current-context: x, contexts: [{name: x, context: {cluster: c}}]}'), fromObject);
  t.is((await parseKubeconfig('')).contexts.size, 0);
  t.is((await parseKubeconfig('# nothing\n')).contexts.size, 0);
});

test('what is wrong is named without quoting the text, which may hold a token', async (t) => {
  const broken = await t.throwsAsync(parseKubeconfig('users:\n- name: a\n  user: {token: "hunter2', '/', 'file'));
  t.regex(broken?.message ?? '', /^file is not valid YAML/);
  t.false(broken?.message.includes('hunter2'));
  const cases: readonly [string, string][] = [
    ['- a', 'file: expected a kubeconfig'],
    ['contexts: {}', 'file: contexts: expected a list'],
    ['users: [{user: {}}]', 'file: users[0].name: required'],
    ['clusters: [{name: a, cluster: x}]', 'file: clusters[0].cluster: expected an object'],
    ['clusters: [{name: a}, {name: a}]', 'file: clusters[1].name: a is there twice'],
  ];
  for (const [text, message] of cases) {
    t.is((await t.throwsAsync(parseKubeconfig(text, '/', 'file')))?.message, message);
  }
});

test('merging keeps every name once, from the first that has it, in any grouping', async (t) => {
  const document = fc
    .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.nat()), { selector: ([name]) => name })
    .map((entries) => ({
      clusters: entries.map(([name, port]) => ({ name, cluster: { server: `https://x:${port}` } })),
    }));
  await fc.assert(
    fc.asyncProperty(fc.array(document, { minLength: 1 }), fc.nat(), async (documents, place) => {
      const parsed = await Promise.all(documents.map((one) => parseKubeconfig(one)));
      const merged = mergeKubeconfigs(parsed);
      for (const [name, cluster] of merged.clusters) {
        t.is<unknown, unknown>(cluster, parsed.find((one) => one.clusters.has(name))?.clusters.get(name));
      }
      t.deepEqual(
        new Set(merged.clusters.keys()),
        new Set(documents.flatMap((one) => one.clusters.map(({ name }) => name))),
      );
      const cut = place % parsed.length;
      const grouped = mergeKubeconfigs([mergeKubeconfigs(parsed.slice(0, cut)), mergeKubeconfigs(parsed.slice(cut))]);
      t.deepEqual(grouped, merged);
    }),
  );
});
