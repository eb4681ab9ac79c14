import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { CloudError } from '../../src/bosh/cloud-error.ts';
import { stemcellAnnotation } from '../../src/bosh/labels.ts';
import type { RegistryDefaults, Session } from '../../src/bosh/session.ts';
import { callConfig } from '../../src/cpi/config.ts';
import { createRedactor, learnConfig } from '../../src/cpi/redaction.ts';
import { createStemcell } from '../../src/stemcell/create.ts';
import { deleteStemcell } from '../../src/stemcell/delete.ts';
import { parseImage } from '../../src/stemcell/image-reference.ts';
import { pushImage } from '../../src/stemcell/registry/push.ts';
import { openRepository } from '../../src/stemcell/registry/registry.ts';
import { rootTar, tar } from './support/archives.ts';
import { type DoubleOptions, digestOf, type RegistryDouble, startRegistry } from './support/registry-double.ts';

const folder = mkdtempSync(join(tmpdir(), 'heavy-test-'));
test.after.always(() => rmSync(folder, { recursive: true }));
const properties = {
  name: 'bosh-warden-boshlite-ubuntu-noble',
  version: '1.484',
  infrastructure: 'warden',
  disk: 3072,
};
let files = 0;

function imageFile(content: Buffer): string {
  files++;
  const path = join(folder, `image-${files}`);
  writeFileSync(path, content);
  return path;
}

async function started(
  t: ExecutionContext,
  options: DoubleOptions = {},
): Promise<{ registry: RegistryDouble; defaults: RegistryDefaults }> {
  const registry = await startRegistry(options);
  t.teardown(() => registry.stop());
  return { registry, defaults: { repository: `${registry.host}/bosh/noble`, plain_http: true } };
}

function create(path: string, defaults: RegistryDefaults): Promise<string> {
  return createStemcell(
    path,
    properties,
    async () => defaults,
    () => undefined,
  );
}

/** A call's session of a namespace with these pods. */
function session(registry: RegistryDefaults | undefined, log: string[], pods: readonly object[] = []): Session {
  const cluster = { namespace: 'bosh', core: { listNamespacedPod: async () => ({ items: pods }) } };
  return { cluster, registry, log: (line: string) => log.push(line) } as unknown as Session;
}

test('a heavy stemcell becomes an image of the configured repository, once', async (t) => {
  const { registry, defaults } = await started(t);
  const content = gzipSync(await rootTar());
  const path = imageFile(content);
  const cid = await create(path, defaults);
  const tag = 'bosh-warden-boshlite-ubuntu-noble-1.484';
  t.is(cid, `${registry.host}/bosh/noble:${tag}@${digestOf(registry.manifests.get(tag) ?? Buffer.alloc(0))}`);
  t.true(registry.blobs.get(digestOf(content))?.equals(content));
  registry.requests.length = 0;
  t.is(await create(path, defaults), cid);
  t.false(registry.requests.some((line) => line.includes('uploads')));
});

test.serial('a root file system without compression is compressed on its way, and nothing stays of that', async (t) => {
  const { registry, defaults } = await started(t);
  process.env.TMPDIR = mkdtempSync(join(folder, 'tmp-'));
  const cid = await create(imageFile(await rootTar()), defaults);
  t.true(registry.manifests.has(parseImage(cid).digest ?? ''));
  t.deepEqual(readdirSync(process.env.TMPDIR), []);
});

test('a broken image and a registry that refuses are errors of the call, with the stemcell named', async (t) => {
  const { registry, defaults } = await started(t, { login: { kind: 'basic', user: 'robot', password: 'very secret' } });
  const cut = imageFile(gzipSync(await rootTar()).subarray(0, -50));
  const broken = await t.throwsAsync(create(cut, defaults), { instanceOf: CloudError });
  t.regex(broken.message, /heavy stemcell bosh-warden.*\/1\.484: cut off in its middle/);
  const other = imageFile(gzipSync(await tar([{ name: 'x', content: 'x' }])));
  await t.throwsAsync(create(other, defaults), { message: /has no var\/vcap/ });
  const whole = imageFile(gzipSync(await rootTar()));
  const error = await t.throwsAsync(create(whole, { ...defaults, username: 'robot', password: 'guessed secret' }));
  t.regex(error?.message ?? '', new RegExp(`${registry.host}.*answered 401`));
  t.false(error?.message.includes('guessed'));
  await t.notThrowsAsync(create(whole, { ...defaults, username: 'robot', password: 'very secret' }));
});

test('delete_stemcell deletes what create_stemcell pushed, and a repeated call is success', async (t) => {
  const { registry, defaults } = await started(t);
  const cid = await create(imageFile(gzipSync(await rootTar())), defaults);
  const log: string[] = [];
  await deleteStemcell(session(defaults, log), cid);
  t.is(registry.manifests.size, 0);
  await deleteStemcell(session(defaults, log), cid);
  t.regex(log.join('\n'), /deleted .*\n.*gone already/);
});

test('a stemcell that a machine uses stays, by its image and by its annotation', async (t) => {
  const { registry, defaults } = await started(t);
  const cid = await create(imageFile(gzipSync(await rootTar())), defaults);
  const byImage = { metadata: { name: 'agent-1' }, spec: { containers: [{ image: cid }] } };
  const byNote = {
    metadata: { name: 'agent-2', annotations: { [stemcellAnnotation]: cid } },
    spec: { containers: [] },
  };
  const pods = [byImage, byNote, { metadata: { name: 'other' }, spec: { containers: [{ image: 'x' }] } }];
  const error = await t.throwsAsync(deleteStemcell(session(defaults, [], pods), cid), { instanceOf: CloudError });
  t.regex(error.message, /still used by VM agent-1, VM agent-2: delete these machines first/);
  t.true(registry.manifests.has(parseImage(cid).digest ?? ''));
});

test("other people's images stay: of another repository, pushed by hand, without a registry", async (t) => {
  const { registry, defaults } = await started(t);
  const repository = openRepository(parseImage(defaults.repository), { plainHttp: true });
  const { digest } = await pushImage(repository, 'mine', { manifest: Buffer.from('{"annotations":{}}'), blobs: [] });
  const log: string[] = [];
  await deleteStemcell(session(defaults, log), `${defaults.repository}:mine@${digest}`);
  t.true(registry.manifests.has(digest));
  registry.requests.length = 0;
  await deleteStemcell(session(defaults, log), `${registry.host}/other/noble:mine@${digest}`);
  await deleteStemcell(session(undefined, log), `${defaults.repository}:mine@${digest}`);
  t.deepEqual(registry.requests, []);
  t.is(log.length, 3);
});

test('a registry that lets nobody delete is no failure', async (t) => {
  const { defaults } = await started(t, { lockDeletion: true });
  const cid = await create(imageFile(gzipSync(await rootTar())), defaults);
  const log: string[] = [];
  await deleteStemcell(session(defaults, log), cid);
  t.regex(log.join(), /lets nobody delete/);
});

test("the configuration's registry is checked by path, and its password is a secret", (t) => {
  const config = (registry: object) =>
    JSON.stringify({ kubeconfig: {}, agent: { mbus: 'nats://10.0.0.1:4222' }, stemcell: { registry } });
  t.throws(() => callConfig(config({}), 'cpi.json', {}), { message: /stemcell\.registry\.repository: required/ });
  const read = callConfig(config({ repository: 'r.example.com/x', password: 'very secret' }), 'cpi.json', {});
  t.false(read.stemcell.registry?.plain_http);
  const redactor = createRedactor();
  learnConfig(redactor, read);
  t.false(redactor.redact('push as robot:very secret to r.example.com/x').includes('very secret'));
  t.regex(redactor.redact('to r.example.com/x'), /r\.example\.com/);
});
