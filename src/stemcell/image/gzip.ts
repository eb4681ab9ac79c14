import { availableParallelism } from 'node:os';
import { constants, crc32, deflateRaw } from 'node:zlib';

/** Input of one block. Blocks have this size wherever the chunks of the input end, so that the output depends on the bytes alone. */
const blockSize = 1024 * 1024;
/** How far back deflate may refer (RFC 1951): each block knows the end of the one before. */
const windowSize = 32 * 1024;
/** Magic, deflate, no flags, no time, no system (RFC 1952): nothing in it depends on when and where it is written. */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

/**
 * gzip -6 on all cores: blocks are compressed beside each other and follow one another in one member, as pigz makes them.
 * @returns the compressed bytes; always the same for the same input and the same zlib
 */
export async function* gzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const most = availableParallelism() + 1;
  const pending: Promise<Buffer>[] = [];
  let window: Buffer = Buffer.alloc(0);
  let checksum = 0;
  let size = 0;
  yield header;
  for await (const block of blocksOf(source)) {
    checksum = crc32(block, checksum);
    size += block.length;
    const work = deflate(block, window);
    // an error is thrown where the block's turn comes; until then it is nobody's
    work.catch(() => undefined);
    pending.push(work);
    window = block.subarray(-windowSize);
    if (pending.length >= most) yield (await pending.shift()) as Buffer;
  }
  for (const work of pending) yield await work;
  yield await deflate(Buffer.alloc(0), Buffer.alloc(0), constants.Z_FINISH);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield trailer;
}

function deflate(block: Buffer, window: Buffer, finishFlush: number = constants.Z_SYNC_FLUSH): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const dictionary = window.length === 0 ? {} : { dictionary: window };
  deflateRaw(block, { level: 6, finishFlush, ...dictionary }, (error, result) =>
    error === null ? resolve(result) : reject(error),
  );
  return promise;
}

/** The source in blocks of the block size, the last one shorter. */
async function* blocksOf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let held = 0;
  for await (let chunk of source) {
    while (held + chunk.length >= blockSize) {
      const missing = blockSize - held;
      yield Buffer.concat([...chunks, chunk.subarray(0, missing)], blockSize);
      chunk = chunk.subarray(missing);
      chunks = [];
      held = 0;
    }
    if (chunk.length > 0) chunks.push(chunk);
    held += chunk.length;
  }
  if (held > 0) yield Buffer.concat(chunks, held);
}
