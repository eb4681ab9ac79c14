import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ImageReference, taggedName } from '../image-reference.ts';
import { isGzipFile, type Layer, makeLayer } from './layer.ts';
import { blobPath, writeLayout } from './layout.ts';
import { writeLight } from './light.ts';
import type { Architecture, StemcellFacts } from './manifest.ts';
import { annotationsOf, describeImage } from './oci.ts';
import { readTarball } from './tarball.ts';
import { makeFolder } from './unfinished.ts';

/** What a stemcell is made of. */
export interface BuildRequest {
  /** A stemcell tarball, a root file system's tar, or its folder. */
  readonly from: string;
  /** Where the image will be pushed to: what the light stemcell names. */
  readonly reference: ImageReference;
  /** Of a root file system; a tarball tells its own. */
  readonly operatingSystem: string | undefined;
  readonly version: string | undefined;
  readonly architecture: Architecture | undefined;
  /** Folder to make. */
  readonly output: string;
}

/** What was made. */
export interface Built {
  readonly facts: StemcellFacts;
  /** The image layout. */
  readonly layout: string;
  /** The light stemcell. */
  readonly light: string;
  /** Reference with digest, as the light stemcell names it. */
  readonly image: string;
  /** Compressed bytes of the layer. */
  readonly size: number;
}

/**
 * Builds a stemcell: `OUTPUT/image`, an OCI image layout, and `OUTPUT/NAME-VERSION.tgz`, a light stemcell that names it by digest.
 * @throws Error that begins with the source and says what is wrong with it; OUTPUT is then not there
 */
export function build(request: BuildRequest): Promise<Built> {
  const { output, reference } = request;
  return makeFolder(output, async (folder) => {
    const layout = join(folder, 'image');
    const { facts, layer } = await addLayer(request, layout).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOSPC') throw error;
      throw new Error(`${request.from}: ${error.message}`, { cause: error });
    });
    const image = describeImage(layer, facts.architecture, annotationsOf(facts));
    const name = taggedName(reference);
    await writeLayout(layout, image, name);
    const light = `${facts.name}-${facts.version}.tgz`.replace(/[^\w.+-]/g, '_');
    const pinned = `${name}@${image.manifest.digest}`;
    await writeLight(join(folder, light), facts, pinned);
    return { facts, layout: join(output, 'image'), light: join(output, light), image: pinned, size: layer.size };
  });
}

/** Writes the source's layer into the layout. */
async function addLayer(request: BuildRequest, layout: string): Promise<{ facts: StemcellFacts; layer: Layer }> {
  const unnamed = join(layout, 'blobs', 'sha256', '.layer');
  await mkdir(dirname(unnamed), { recursive: true });
  const { facts, layer } = await readSource(request, unnamed);
  await rename(unnamed, blobPath(layout, layer.digest));
  return { facts, layer };
}

async function readSource(request: BuildRequest, path: string): Promise<{ facts: StemcellFacts; layer: Layer }> {
  const { from } = request;
  const found = await stat(from).catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'ENOENT' ? 'no such file' : `cannot be read: ${error.code}`);
  });
  if (found.isDirectory()) return { facts: givenFacts(request), layer: await makeLayer(tarOf(from), path) };
  if (request.operatingSystem !== undefined || !(await isGzipFile(from))) {
    return {
      facts: givenFacts(request),
      layer: await makeLayer(createReadStream(from, { highWaterMark: 256 * 1024 }), path),
    };
  }
  if (request.version !== undefined || request.architecture !== undefined) {
    throw new Error(
      '--version and --architecture are for a root file system, together with --os: a stemcell tells its own',
    );
  }
  const { manifest, image } = await readTarball(from, async (bytes, size) => {
    if (size === 0) throw new Error('empty: this is a light stemcell, which names an image already');
    return makeLayer(bytes, path);
  });
  checkSha1(manifest.sha1, image.sha1);
  return { facts: manifest, layer: image };
}

/** @throws Error when the image is not the one that the stemcell.MF tells of */
export function checkSha1(told: string, found: string): void {
  if (told === found) return;
  throw new Error(`image has SHA-1 ${found}, stemcell.MF says ${told || 'none'}: fetch the stemcell anew`);
}

function givenFacts({ operatingSystem, version, architecture = 'amd64' }: BuildRequest): StemcellFacts {
  if (operatingSystem === undefined || version === undefined) {
    throw new Error(
      'a root file system tells no operating system and version: give --os (as ubuntu-noble) and --version',
    );
  }
  // the agents of today
  return { name: `bosh-kubernetes-${operatingSystem}`, version, operatingSystem, apiVersion: 3, architecture };
}

/** The folder's tar by GNU tar: it reads what Node cannot, as extended attributes (file capabilities), and keeps owners and hard links. */
async function* tarOf(folder: string): AsyncGenerator<Buffer> {
  // neither times of the copy nor the order of the file system are in the archive
  const format = ['--format=posix', '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime,delete=mtime'];
  const content = ['--sort=name', '--numeric-owner', '--one-file-system', '--xattrs', '--xattrs-include=*'];
  const child = spawn('tar', ['-C', folder, ...format, ...content, '-c', '.'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk}`.slice(-500)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', () => reject(new Error('a folder needs the command tar (GNU), which is not in PATH')));
    child.on('close', resolve);
  });
  ended.catch(() => undefined);
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    if ((await ended) !== 0) throw new Error(`tar: ${said.trim()}`);
  } finally {
    child.kill();
  }
}
