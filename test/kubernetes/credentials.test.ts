import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { credentialReader } from '../../src/kubernetes/credentials.ts';
import { type ExecPlugin, runExecPlugin } from '../../src/kubernetes/exec-plugin.ts';
import { folder } from './support/folder.ts';

/** A plugin that counts its runs in a file and prints what the given expression makes of `runs` and `info`. */
function plugin(
  t: ExecutionContext,
  expression: string,
  more: Partial<ExecPlugin> = {},
): ExecPlugin & { runs(): number } {
  const dir = folder(t);
  const script = join(dir, 'plugin.cjs');
  const counter = join(dir, 'runs');
  writeFileSync(
    script,
    `const fs = require('node:fs');
    fs.appendFileSync(${JSON.stringify(counter)}, '.');
    const runs = fs.readFileSync(${JSON.stringify(counter)}).length;
    const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
    const made = ${expression};
    console.log(typeof made === 'string' ? made : JSON.stringify({ apiVersion: info.apiVersion, kind: 'ExecCredential', status: made }));`,
  );
  return {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: [script],
    env: {},
    ...more,
    runs: () => readFileSync(counter).length,
  };
}

const read = (one: ExecPlugin) => credentialReader({ kind: 'exec', plugin: one });

test('a token, basic auth and nothing are as they are', async (t) => {
  t.deepEqual(await credentialReader({ kind: 'none' }).read(false), {});
  t.deepEqual(await credentialReader({ kind: 'token', token: 't' }).read(false), { authorization: 'Bearer t' });
  const basic = credentialReader({ kind: 'basic', username: 'me', password: 'p:w' });
  t.deepEqual(await basic.read(false), { authorization: 'Basic bWU6cDp3' });
  t.false(basic.renewable);
});

test('a token file is remembered, and read again when asked to', async (t) => {
  const path = join(folder(t), 'token');
  writeFileSync(path, 'old\n');
  const reader = credentialReader({ kind: 'tokenFile', path });
  t.true(reader.renewable);
  t.deepEqual(await reader.read(false), { authorization: 'Bearer old' });
  writeFileSync(path, 'new');
  t.deepEqual(await reader.read(false), { authorization: 'Bearer old' });
  t.deepEqual(await reader.read(true), { authorization: 'Bearer new' });
  t.deepEqual(await reader.read(false), { authorization: 'Bearer new' });
});

test('a token file that is missing or empty is named', async (t) => {
  const path = join(folder(t), 'token');
  const reader = credentialReader({ kind: 'tokenFile', path });
  t.is((await t.throwsAsync(reader.read(false)))?.message, `token file ${path} could not be read: ENOENT`);
  writeFileSync(path, '\n');
  t.is((await t.throwsAsync(reader.read(false)))?.message, `token file ${path} is empty`);
});

test('a plugin is run once for many requests, and again to renew', async (t) => {
  const one = plugin(t, '{ token: "t" + runs }');
  const reader = read(one);
  const answers = await Promise.all([reader.read(false), reader.read(false), reader.read(false)]);
  t.deepEqual(answers, Array(3).fill({ authorization: 'Bearer t1' }));
  t.deepEqual(await reader.read(false), { authorization: 'Bearer t1' });
  t.deepEqual(await reader.read(true), { authorization: 'Bearer t2' });
  t.is(one.runs(), 2);
});

test('a credential about to expire is asked for anew, one that lasts is kept', async (t) => {
  const soon = read(plugin(t, '{ token: "t" + runs, expirationTimestamp: new Date(Date.now() + 2000).toISOString() }'));
  t.deepEqual(await soon.read(false), { authorization: 'Bearer t1' });
  t.deepEqual(await soon.read(false), { authorization: 'Bearer t2' });
  const long = read(
    plugin(t, '{ token: "t" + runs, expirationTimestamp: new Date(Date.now() + 3600e3).toISOString() }'),
  );
  await long.read(false);
  t.deepEqual(await long.read(false), { authorization: 'Bearer t1' });
});

test('a plugin may give a client certificate', async (t) => {
  const reader = read(plugin(t, '{ clientCertificateData: "cert", clientKeyData: "key" }'));
  t.deepEqual(await reader.read(false), { cert: 'cert', key: 'key' });
});

test('a plugin gets its environment, the version and the cluster', async (t) => {
  const one = plugin(
    t,
    '{ token: [info.apiVersion, info.spec.cluster.server, info.spec.interactive, process.env.A].join() }',
    {
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      env: { A: 'b' },
      cluster: { server: 'https://kube' },
    },
  );
  t.deepEqual(await read(one).read(false), {
    authorization: 'Bearer client.authentication.k8s.io/v1beta1,https://kube,false,b',
  });
});

test('a plugin that is not there says how to get it', async (t) => {
  const missing = { ...plugin(t, '{}'), command: 'no-such-plugin', installHint: 'brew install it' };
  const error = await t.throwsAsync(read(missing).read(false));
  t.is(error?.message, 'credential plugin no-such-plugin is not installed or not in PATH\nbrew install it');
  t.is(error?.name, 'CredentialError');
});

test('a plugin that fails is quoted on stderr, never on stdout', async (t) => {
  const cases: readonly [string, RegExp][] = [
    ['(console.error("please log in"), console.log("hunter2"), process.exit(3))', /exited with 3: please log in$/],
    ['"hunter2 is not JSON"', /printed something that is not JSON$/],
    [
      'JSON.stringify({ kind: "ExecCredential", apiVersion: "other", status: { token: "hunter2" } })',
      /did not print an ExecCredential of/,
    ],
    ['{ clientKeyData: "hunter2" }', /neither a token nor a client certificate/],
  ];
  for (const [expression, message] of cases) {
    const error = await t.throwsAsync(read(plugin(t, expression)).read(false), { message });
    t.false(String(error?.stack).includes('hunter2'));
  }
});

test('a plugin that hangs, even with children that keep its output open, is ended', async (t) => {
  const child =
    'require("node:child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 5000)"], { stdio: "inherit" })';
  const one = plugin(
    t,
    `(process.on("SIGTERM", () => {}), console.error("waiting for you"), ${child}, setTimeout(() => {}, 60000), "")`,
  );
  await t.throwsAsync(runExecPlugin(one, 1000), { message: /did not end within 1000 ms/ });
});
