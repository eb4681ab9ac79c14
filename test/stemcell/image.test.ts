import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { load } from 'js-yaml';
import { type BuildRequest, build } from '../../src/stemcell/image/build.ts';
import { blobPath, readLayout } from '../../src/stemcell/image/layout.ts';
import { parseManifest } from '../../src/stemcell/image/manifest.ts';
import { readTarball } from '../../src/stemcell/image/tarball.ts';
import { parseImage } from '../../src/stemcell/image-reference.ts';
import { rootTar, tar, wardenManifest, wardenStemcell } from './support/archives.ts';

const folder = mkdtempSync(join(tmpdir(), 'image-test-'));
test.after.always(() => rmSync(folder, { recursive: true }));
let outputs = 0;

function request(from: string, more: Partial<BuildRequest> = {}): BuildRequest {
  outputs++;
  const reference = parseImage('registry.example.com/bosh/noble:1.484');
  const unknown = { operatingSystem: undefined, version: undefined, architecture: undefined };
  return { from, reference, ...unknown, output: join(folder, `output-${outputs}`), ...more };
}

const rootFs = { operatingSystem: 'ubuntu-noble', version: '1.484' };

function fresh(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

test('a stemcell becomes an image whose one layer is its own image, byte by byte', async (t) => {
  const image = gzipSync(await rootTar());
  const { layout, image: name } = await build(request(await wardenStemcell(fresh('warden'), { image })));
  const { manifest, digest, reference } = await readLayout(layout);
  t.is(reference, 'registry.example.com/bosh/noble:1.484');
  t.is(name, `${reference}@${digest}`);
  const [layer] = manifest.layers;
  const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  t.deepEqual(layer, {
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    digest: sha256(image),
    size: image.length,
  });
  t.true(readFileSync(blobPath(layout, sha256(image))).equals(image));
  const config = JSON.parse(readFileSync(blobPath(layout, manifest.config.digest), 'utf8')) as Record<string, unknown>;
  t.is(config.architecture, 'amd64');
  t.deepEqual(config.rootfs, { type: 'layers', diff_ids: [sha256(gunzipSync(image))] });
  t.is(readdirSync(join(layout, 'blobs/sha256')).length, 3);
});

test('the light stemcell keeps what the Director matches by, and names the image by digest', async (t) => {
  const built = await build(request(await wardenStemcell(fresh('heavy'))));
  const files = execFileSync('tar', ['-tzf', built.light], { encoding: 'utf8' });
  t.is(files, 'stemcell.MF\nimage\n');
  const text = execFileSync('tar', ['-xzOf', built.light, 'stemcell.MF'], { encoding: 'utf8' });
  t.like(load(text), {
    name: 'bosh-warden-boshlite-ubuntu-noble',
    version: '1.484',
    operating_system: 'ubuntu-noble',
    api_version: 3,
    sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    stemcell_formats: ['kubernetes-light'],
    cloud_properties: { infrastructure: 'kubernetes', version: '1.484', image: built.image },
  });
  const { manifest, image } = await readTarball(built.light, async (_bytes, size) => size);
  t.is(image, 0);
  t.is(manifest.version, '1.484');
});

test('the same input gives the same image and the same light stemcell', async (t) => {
  const root = join(folder, 'root');
  mkdirSync(join(root, 'var/vcap/bosh/bin'), { recursive: true });
  writeFileSync(join(root, 'var/vcap/bosh/bin/bosh-agent'), 'agent');
  for (const name of ['z', 'a', 'm']) writeFileSync(join(root, name), name.repeat(1000));
  cpSync(root, join(folder, 'copy'), { recursive: true, preserveTimestamps: true });
  execFileSync('touch', [
    '-d',
    '2020-01-01',
    ...['.', 'var', 'var/vcap', 'var/vcap/bosh', 'var/vcap/bosh/bin'].flatMap((path) => [
      join(root, path),
      join(folder, 'copy', path),
    ]),
  ]);
  const plain = join(folder, 'root.tar');
  writeFileSync(plain, await rootTar());
  for (const [one, other] of [
    [root, join(folder, 'copy')],
    [plain, plain],
  ] as const) {
    const [first, second] = [await build(request(one, rootFs)), await build(request(other, rootFs))];
    t.is(first.image, second.image);
    t.true(readFileSync(first.light).equals(readFileSync(second.light)));
  }
});

test('a folder keeps modes and hard links, and is sorted', async (t) => {
  const root = join(folder, 'modes');
  mkdirSync(join(root, 'var/vcap/bosh/bin'), { recursive: true });
  writeFileSync(join(root, 'var/vcap/bosh/bin/bosh-agent'), 'agent');
  writeFileSync(join(root, 'b'), 'b');
  execFileSync('ln', [join(root, 'b'), join(root, 'a')]);
  chmodSync(join(root, 'b'), 0o4755);
  const { layout } = await build(request(root, rootFs));
  const [layer] = (await readLayout(layout)).manifest.layers;
  const listing = execFileSync('tar', ['-tvzf', blobPath(layout, layer?.digest ?? '')], { encoding: 'utf8' });
  t.regex(listing, /-rwsr-xr-x .* \.\/a\nhrwsr-xr-x .* \.\/b link to \.\/a\n/);
});

test('a root file system says what it cannot know', async (t) => {
  const plain = join(folder, 'unknown.tar');
  writeFileSync(plain, await rootTar());
  await t.throwsAsync(build(request(plain)), { message: /give --os \(as ubuntu-noble\) and --version/ });
  const { facts } = await build(request(plain, { ...rootFs, architecture: 'arm64' }));
  t.like(facts, { name: 'bosh-kubernetes-ubuntu-noble', version: '1.484', architecture: 'arm64' });
});

async function refused(
  t: ExecutionContext,
  from: string,
  why: RegExp,
  more: Partial<BuildRequest> = {},
): Promise<void> {
  const asked = request(from, more);
  const error = await t.throwsAsync(build(asked), { message: why });
  t.true(error?.message.startsWith(from));
  t.false(existsSync(asked.output));
  t.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('.')),
    [],
  );
}

test.serial('bad input is named, and nothing half-made stays', async (t) => {
  const image = gzipSync(await rootTar());
  const content = { name: 'image', content: image };
  const manifest = { name: 'stemcell.MF', content: wardenManifest(image) };
  const cases: readonly [string, Parameters<typeof wardenStemcell>[1], RegExp][] = [
    ['no-manifest', { entries: [content] }, /no stemcell\.MF/],
    ['no-image', { entries: [manifest] }, /no image: not a stemcell/],
    ['two-images', { entries: [manifest, content, content] }, /two files image/],
    ['two-manifests', { entries: [manifest, manifest, content] }, /two files stemcell\.MF/],
    ['sha1', { manifest: wardenManifest(Buffer.from('other')), image }, /image has SHA-1 .*stemcell\.MF says .*anew/],
    [
      'no-name',
      { manifest: wardenManifest(image, (text) => text.replace(/^name:.*$/m, '')), image },
      /stemcell\.MF: name: required/,
    ],
    ['no-yaml', { manifest: '{', image }, /stemcell\.MF is no YAML/],
    ['cut-image', { image: image.subarray(0, -100) }, /image: cut off in its middle/],
    [
      'damaged',
      { image: Buffer.concat([image.subarray(0, 40), Buffer.alloc(60), image.subarray(100)]) },
      /image: damaged/,
    ],
    [
      'traversal',
      { image: gzipSync(await rootTar({ name: '../x', content: '' })) },
      /image: entry .* leads out of the root/,
    ],
    ['no-root', { image: gzipSync(await tar([{ name: 'x', content: 'x' }])) }, /image: .* has no var\/vcap/],
    ['light', { image: Buffer.alloc(0) }, /light stemcell, which names an image already/],
    ['xz', { image: Buffer.from('fd377a585a0000000000', 'hex') }, /image: xz is not read/],
  ];
  for (const [name, options, why] of cases) await refused(t, await wardenStemcell(fresh(name), options), why);
  const cut = await wardenStemcell(fresh('cut'));
  writeFileSync(cut, readFileSync(cut).subarray(0, -500));
  await refused(t, cut, /cut off in its middle/);
  await refused(t, join(folder, 'nothing'), /no such file/);
  await refused(t, await wardenStemcell(fresh('version')), /a stemcell tells its own/, { version: '2' });
});

test('an output that is there is not touched', async (t) => {
  const output = fresh('there');
  writeFileSync(join(output, 'mine'), '');
  await t.throwsAsync(build(request(await wardenStemcell(fresh('source')), { output })), {
    message: /exists: remove it/,
  });
  t.deepEqual(readdirSync(output), ['mine']);
});

test('a version without quotes keeps its zeros', (t) => {
  const manifest = wardenManifest(Buffer.alloc(0), (text) => text.replaceAll("'1.484'", '1.10'));
  t.is(parseManifest(manifest).version, '1.10');
});
