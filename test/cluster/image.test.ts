import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { run } from './command.ts';
import { createImage } from './image.ts';

async function packed(t: { teardown(end: () => void): void }, fill: (folder: string) => string) {
  const folder = mkdtempSync(join(tmpdir(), 'image-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const name of ['source', 'out']) mkdirSync(join(folder, name));
  const source = fill(join(folder, 'source'));
  const output = join(folder, 'image.tar');
  const id = await createImage({ name: 'test.local/x:1', source, output, entry: ['/x', '-a'], env: ['A=b'] });
  await run('tar', ['-xf', output, '-C', join(folder, 'out')]);
  const read = (name: string) => readFileSync(join(folder, 'out', name));
  const [manifest] = JSON.parse(read('manifest.json').toString());
  const config = JSON.parse(read(manifest.Config).toString());
  const content = await run('tar', ['-tvf', join(folder, 'out', manifest.Layers[0]), '--numeric-owner']);
  return { id, manifest, config, content, layer: read(manifest.Layers[0]), configText: read(manifest.Config) };
}

test('a folder becomes the root file system with its links and modes', async (t) => {
  const { id, manifest, config, content, layer, configText } = await packed(t, (folder) => {
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin/tool'), 'x');
    chmodSync(join(folder, 'bin/tool'), 0o4755);
    symlinkSync('tool', join(folder, 'bin/other'));
    return folder;
  });
  const digest = (data: Buffer) => `sha256:${createHash('sha256').update(data).digest('hex')}`;
  t.deepEqual(manifest.RepoTags, ['test.local/x:1']);
  t.deepEqual(config.rootfs.diff_ids, [digest(layer)]);
  t.is(id, digest(configText));
  t.deepEqual(config.config, { Entrypoint: ['/x', '-a'], Env: ['A=b'] });
  t.regex(content, /-rwsr-xr-x .* \.\/bin\/tool\n/);
  t.regex(content, /\.\/bin\/other -> tool\n/);
});

test('a file becomes the only file, of root', async (t) => {
  const { content } = await packed(t, (folder) => {
    writeFileSync(join(folder, 'x'), 'x', { mode: 0o755 });
    writeFileSync(join(folder, 'not-me'), 'x');
    return join(folder, 'x');
  });
  t.regex(content, /^-rwxr-xr-x 0\/0 .* x\n$/);
});
