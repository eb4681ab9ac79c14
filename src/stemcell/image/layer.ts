import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { gzip } from './gzip.ts';
import { checkRoot } from './root-check.ts';

/** A root file system as the one layer of an image (OCI image specification, "Image Layer Filesystem Changeset"). */
export interface Layer {
  /** Of the compressed bytes, `sha256:…`. */
  readonly digest: string;
  /** Compressed bytes. */
  readonly size: number;
  /** Of the tar, `sha256:…`. */
  readonly diffId: string;
  /** Of the input, hexadecimal: what a stemcell.MF says of its image. */
  readonly sha1: string;
}

/**
 * Makes a layer of a root file system's tar. One that is compressed already stays as it is, byte by byte: it is only looked at, so that its digest
 * depends on nobody's zlib.
 * @param path file to write the layer to; undefined when the input is a compressed file that will be read again
 * @throws Error that says what is wrong with the tar
 */
export async function makeLayer(source: AsyncIterable<Buffer>, path: string | undefined): Promise<Layer> {
  const [first, whole] = await peek(source);
  const sha1 = createHash('sha1');
  const input = tap(whole, (chunk) => sha1.update(chunk));
  const layer = createHash('sha256');
  const content = createHash('sha256');
  const check = checkRoot();
  let size = 0;
  const count = (chunk: Buffer) => {
    layer.update(chunk);
    size += chunk.length;
  };
  const look = async (chunk: Buffer) => {
    content.update(chunk);
    await check.write(chunk);
  };
  if (isGzip(first)) {
    const written = path === undefined ? tap(input, count) : copy(tap(input, count), path);
    for await (const chunk of gunzip(written)) await look(chunk);
  } else {
    if (path === undefined) throw new Error('the root file system is not compressed with gzip');
    refuseOthers(first);
    await pipeline(
      gzip(tap(input, look)),
      (bytes: AsyncIterable<Buffer>) => tap(bytes, count),
      createWriteStream(path),
    );
  }
  await check.end();
  return {
    digest: `sha256:${layer.digest('hex')}`,
    size,
    diffId: `sha256:${content.digest('hex')}`,
    sha1: sha1.digest('hex'),
  };
}

/** Whether a file is compressed with gzip. */
export async function isGzipFile(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return isGzip(buffer);
  } finally {
    await file.close();
  }
}

function isGzip(first: Buffer): boolean {
  return first[0] === 0x1f && first[1] === 0x8b;
}

/** @throws Error for what is no tar but some other archive, in words that help more than a wrong checksum */
function refuseOthers(first: Buffer): void {
  const kinds = { xz: 'fd377a585a', zstd: '28b52ffd', bzip2: '425a68', zip: '504b0304' };
  const begins = first.subarray(0, 8).toString('hex');
  for (const [kind, magic] of Object.entries(kinds)) {
    if (begins.startsWith(magic)) throw new Error(`${kind} is not read: give the tar, plain or compressed with gzip`);
  }
}

function explainGzip(error: NodeJS.ErrnoException): never {
  if (error.code === 'Z_BUF_ERROR') throw new Error('cut off in its middle: fetch or make it anew', { cause: error });
  if (error.code?.startsWith('Z_')) throw new Error(`damaged (${error.message}): fetch it anew`, { cause: error });
  throw error;
}

/** Unpacks gzip. @throws Error for a file that is cut off or damaged */
export async function* gunzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unpacked = createGunzip({ chunkSize: 256 * 1024 });
  const feed = pipeline(source, unpacked);
  // told by the reading below as well, which is where somebody listens
  feed.catch(() => undefined);
  try {
    for await (const chunk of unpacked) yield chunk as Buffer;
    await feed;
  } catch (error) {
    explainGzip(error as NodeJS.ErrnoException);
  }
}

/** The same bytes, each chunk shown on its way. */
async function* tap(source: AsyncIterable<Buffer>, see: (chunk: Buffer) => unknown): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    await see(chunk);
    yield chunk;
  }
}

/** The same bytes, written to a file on their way. */
async function* copy(source: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  const file = await open(path, 'w');
  try {
    for await (const chunk of source) {
      await file.writeFile(chunk);
      yield chunk;
    }
  } finally {
    await file.close();
  }
}

/** The first bytes of a source, and the source with them. */
async function peek(source: AsyncIterable<Buffer>): Promise<readonly [Buffer, AsyncIterable<Buffer>]> {
  const chunks = source[Symbol.asyncIterator]();
  let first: Buffer = Buffer.alloc(0);
  while (first.length < 8) {
    const { value, done } = await chunks.next();
    if (done) break;
    first = Buffer.concat([first, value]);
  }
  async function* whole() {
    yield first;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  return [first, whole()];
}
