import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { CloudError } from '../../src/bosh/cloud-error.ts';
import { createStemcell } from '../../src/stemcell/create.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const empty = '/dev/null';

async function create(properties: Record<string, unknown>, path = empty): Promise<{ cid: string; log: string[] }> {
  const log: string[] = [];
  return {
    cid: await createStemcell(
      path,
      properties,
      async () => undefined,
      (line) => log.push(line),
    ),
    log,
  };
}

test('an image with a digest is the CID, and no registry is asked', async (t) => {
  const image = `registry.invalid/a/b@${digest}`;
  t.deepEqual(await create({ image, name: 'bosh-noble', version: '1' }), { cid: image, log: [] });
});

test('image_reference and digest of a docker-light stemcell are joined', async (t) => {
  const { cid } = await create({ image_reference: 'registry.invalid/a/b:1.484', digest });
  t.is(cid, `registry.invalid/a/b:1.484@${digest}`);
});

test('a tag whose registry does not answer stays a tag, and the log says why', async (t) => {
  const { cid, log } = await create({ image: '127.0.0.1:1/a/b:7' });
  t.is(cid, '127.0.0.1:1/a/b:7');
  t.regex(log.join(), /stays a tag/);
});

test('a registry that hangs does not hold an upload up', async (t) => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  try {
    const { cid } = await create({ image: `127.0.0.1:${port}/a/b:7` });
    t.is(cid, `127.0.0.1:${port}/a/b:7`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('a heavy stemcell without a registry names the missing part of the configuration', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'stemcell-'));
  const path = join(folder, 'image');
  writeFileSync(path, 'a root file system');
  try {
    const error = await t.throwsAsync(create({ name: 'bosh-warden', infrastructure: 'warden' }, path), {
      instanceOf: CloudError,
    });
    t.is(error.type, 'CpiError');
    t.regex(error.message, /configuration: stemcell\.registry: required/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a light stemcell without an image names the missing property', async (t) => {
  const error = await t.throwsAsync(create({ name: 'bosh' }), { instanceOf: CloudError });
  t.is(error.type, 'CpiError');
  t.regex(error.message, /cloud_properties\.image: required/);
});
