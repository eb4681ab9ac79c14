import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { gzip } from './gzip.ts';
import { lightManifest, type StemcellFacts } from './manifest.ts';

/**
 * Writes a light stemcell: a stemcell.MF that names the image, and an empty `image`, which the Director wants.
 * @param image reference with its digest
 */
export async function writeLight(path: string, facts: StemcellFacts, image: string): Promise<void> {
  const archive = pack();
  const common = { mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) };
  archive.entry({ name: 'stemcell.MF', ...common }, lightManifest(facts, image));
  archive.entry({ name: 'image', ...common }, '');
  archive.finalize();
  await pipeline(gzip(archive as AsyncIterable<Buffer>), createWriteStream(path));
}
