import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { gunzip } from './layer.ts';
import { parseManifest, type StemcellManifest } from './manifest.ts';

/** A stemcell.MF is some hundred bytes. */
const manifestLimit = 1024 * 1024;

/**
 * Reads a stemcell tarball from its beginning to its end, whatever the order of its files (`bosh repack-stemcell` puts `image` first).
 * @param readImage is given the bytes of `image` and their number, and must take all of them
 * @returns the stemcell.MF, and what readImage made
 * @throws Error for a tarball that is cut off, or lacks or repeats one of the two
 */
export async function readTarball<T>(
  path: string,
  readImage: (bytes: AsyncIterable<Buffer>, size: number) => Promise<T>,
): Promise<{ readonly manifest: StemcellManifest; readonly image: T }> {
  const entries = extract();
  const feed = pipeline(gunzip(createReadStream(path, { highWaterMark: 256 * 1024 })), entries);
  // its error also ends the loop below, which tells it
  feed.catch(() => undefined);
  let manifest: StemcellManifest | undefined;
  let image: { readonly made: T } | undefined;
  try {
    for await (const entry of entries) {
      const name = entry.header.name.replace(/^\.\//, '');
      if (name === 'stemcell.MF') {
        if (manifest !== undefined) throw new Error('two files stemcell.MF: which one counts?');
        manifest = parseManifest(await readText(entry as AsyncIterable<Buffer>));
      } else if (name === 'image') {
        if (image !== undefined) throw new Error('two files image: a stemcell has one root file system');
        if (entry.header.type !== 'file') throw new Error('image: must be a file');
        image = { made: await readImage(entry as AsyncIterable<Buffer>, entry.header.size).catch(prefix) };
      } else entry.resume();
    }
    await feed;
  } finally {
    entries.destroy();
  }
  if (manifest === undefined)
    throw new Error('no stemcell.MF: not a stemcell (a root file system needs --os and --version)');
  if (image === undefined) throw new Error('no image: not a stemcell');
  return { manifest, image: image.made };
}

function prefix(error: NodeJS.ErrnoException): never {
  // of the file system: nothing that the image is to blame for
  if (error.code !== undefined) throw error;
  throw new Error(`image: ${error.message}`, { cause: error });
}

async function readText(bytes: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > manifestLimit) throw new Error('stemcell.MF is larger than 1 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
