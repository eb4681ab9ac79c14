import { type Cursor, type Infer, integer, list, message, one, type Read, raw, text } from './protobuf.ts';

/** One page of a list. */
export interface Page<T> {
  /** Decodes the objects: the next page can be asked for before. */
  items(): readonly T[];
  readonly resourceVersion: string;
  /** Token of the next page; undefined on the last. */
  readonly next: string | undefined;
  /** How many follow on further pages, where the server tells: it does not under selectors. */
  readonly remaining: number | undefined;
}

/** A change, as a watch tells it. */
export type CollectionEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: T }
  | { readonly type: 'ERROR'; readonly status: WatchStatus };

/** The Status that ends a watch. */
export interface WatchStatus {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
}

/** JSON has no such byte at its start, so the first bytes tell in which form a server has answered. */
const magic = Buffer.from('k8s\0');

// runtime.Unknown, which wraps every object in protobuf behind the magic number
const unknown = message({ raw: one(2, raw) });
const listMeta = message({
  resourceVersion: one(2, text),
  continue: one(3, text),
  remainingItemCount: one(4, integer),
});
const rawList = message({ metadata: one(1, listMeta), items: list(2, raw) });
const watchEvent = message({ type: one(1, text), object: one(2, message({ raw: one(1, raw) })) });
const statusShape = message({ message: one(3, text), reason: one(4, text), code: one(6, integer) });

/**
 * Reads a page of a list in JSON or protobuf.
 * @throws SyntaxError when it was cut short
 */
export async function readPage<T>(body: AsyncIterable<Uint8Array>, shape: Read<T>): Promise<Page<T>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const bytes = chunks.length === 1 ? asBuffer(chunks[0] as Uint8Array) : Buffer.concat(chunks);
  if (!isProtobuf(bytes)) {
    const { metadata, items } = JSON.parse(bytes.toString('utf8')) as JsonList<T>;
    return pageOf(metadata, () => items ?? []);
  }
  const { metadata, items = [] } = unwrap(bytes, rawList);
  return pageOf(metadata, () => items.map((item) => readAll(item, shape)));
}

type ListMeta = Infer<typeof listMeta>;

interface JsonList<T> {
  readonly metadata?: ListMeta;
  readonly items?: readonly T[] | null;
}

function pageOf<T>(metadata: ListMeta = {}, items: Page<T>['items']): Page<T> {
  return {
    items,
    resourceVersion: metadata.resourceVersion ?? '',
    next: metadata.continue || undefined,
    remaining: metadata.remainingItemCount,
  };
}

/**
 * Reads a watch in JSON lines or in protobuf's frames. Whatever a chunk completes comes as one batch; a chunk that completes nothing gives an empty one,
 * since it tells that the connection lives. What is left at the end was cut inside an event and says nothing certain.
 */
export async function* readEvents<T>(
  body: AsyncIterable<Uint8Array>,
  shape: Read<T>,
): AsyncGenerator<readonly CollectionEvent<T>[]> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of body) {
    const bytes = held.length === 0 ? asBuffer(chunk) : Buffer.concat([held, chunk]);
    const batch: CollectionEvent<T>[] = [];
    let from = 0;
    for (let end = eventEnd(bytes, from); end !== undefined; end = eventEnd(bytes, from)) {
      const event = eventOf(bytes.subarray(from, end), shape);
      if (event !== undefined) batch.push(event);
      from = end;
    }
    held = bytes.subarray(from);
    yield batch;
  }
}

/** Bytes of a frame's length: a frame of less than 16 MiB begins with a zero byte, a line of JSON never does. */
const lengthBytes = 4;

function eventEnd(bytes: Buffer, from: number): number | undefined {
  if (bytes[from] !== 0) {
    const newline = bytes.indexOf(10, from);
    return newline < 0 ? undefined : newline + 1;
  }
  if (bytes.length < from + lengthBytes) return undefined;
  const end = from + lengthBytes + bytes.readUInt32BE(from);
  return end > bytes.length ? undefined : end;
}

function eventOf<T>(bytes: Buffer, shape: Read<T>): CollectionEvent<T> | undefined {
  if (bytes[0] !== 0) return eventOfLine(bytes.toString('utf8'));
  const { type, object } = readAll(bytes.subarray(lengthBytes), watchEvent);
  if (object?.raw === undefined) return undefined;
  if (type === 'ERROR') return { type, status: unwrap(object.raw, statusShape) };
  return { type, object: unwrap(object.raw, shape) } as CollectionEvent<T>;
}

function eventOfLine<T>(line: string): CollectionEvent<T> | undefined {
  if (line.trim() === '') return undefined;
  const { type, object } = JSON.parse(line) as { type: string; object: unknown };
  return (type === 'ERROR' ? { type, status: object } : { type, object }) as CollectionEvent<T>;
}

function isProtobuf(bytes: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}

function unwrap<T>(bytes: Buffer, shape: Read<T>): T {
  const { raw: object } = readAll(bytes.subarray(magic.length), unknown);
  return readAll(object ?? Buffer.alloc(0), shape);
}

function readAll<T>(bytes: Buffer, shape: Read<T>): T {
  const cursor: Cursor = { bytes, at: 0, until: 0, number: 0 };
  return shape(cursor, bytes.length);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
