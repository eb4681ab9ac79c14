import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { run } from './command.ts';

export interface ImageOptions {
  /** Reference the image gets where it is imported, such as `test.local/pause:1`. */
  readonly name: string;
  /** A folder that becomes the root file system, or a file that becomes its only one. */
  readonly source: string;
  /** The archive to write. */
  readonly output: string;
  /** Command of its containers. */
  readonly entry: readonly string[];
  /** Defaults to this machine's. */
  readonly architecture?: 'amd64' | 'arm64';
  readonly env?: readonly string[];
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const block of createReadStream(file)) hash.update(block as Buffer);
  return hash.digest('hex');
}

/**
 * Packs a folder or a file as a docker archive with one layer, which containerd (`ctr images import`) and skopeo read.
 * No docker daemon and no registry is involved. Owners, modes and links are kept (GNU tar); files in a folder keep their times.
 * @returns the image's id, `sha256:...` of its configuration
 * @throws CommandError when tar fails
 */
export async function createImage(options: ImageOptions): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'image-'));
  try {
    const layer = join(work, 'layer.tar');
    const isFolder = statSync(options.source).isDirectory();
    const root = isFolder ? options.source : dirname(options.source);
    const content = isFolder ? '.' : basename(options.source);
    const owner = isFolder ? ['--numeric-owner', '--xattrs'] : ['--owner=0', '--group=0'];
    await run('tar', ['--create', '--file', layer, '--sort=name', ...owner, '--directory', root, content]);
    const config = JSON.stringify({
      architecture: options.architecture ?? (process.arch === 'arm64' ? 'arm64' : 'amd64'),
      os: 'linux',
      config: { Entrypoint: options.entry, ...(options.env === undefined ? {} : { Env: options.env }) },
      rootfs: { type: 'layers', diff_ids: [`sha256:${await sha256(layer)}`] },
      history: [{ created_by: 'kubernetes-cpi' }],
    });
    const id = createHash('sha256').update(config).digest('hex');
    await writeFile(join(work, `${id}.json`), config);
    const manifest = [{ Config: `${id}.json`, RepoTags: [options.name], Layers: ['layer.tar'] }];
    await writeFile(join(work, 'manifest.json'), JSON.stringify(manifest));
    await run('tar', [
      '--create',
      '--file',
      options.output,
      '--directory',
      work,
      'manifest.json',
      `${id}.json`,
      'layer.tar',
    ]);
    return `sha256:${id}`;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
