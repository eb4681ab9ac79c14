import { type Cursor, fieldAt, type Infer, integer, message, one, type Read, raw, text } from './protobuf.ts';

/** What a page of a list says beside its objects. */
export interface Page {
  readonly resourceVersion: string;
  /** Token of the next page; undefined on the last. */
  readonly next: string | undefined;
  /** How many follow on further pages, where the server tells: it does not under selectors. */
  readonly remaining: number | undefined;
  /** Whether objects could be handed on while the page was still coming. */
  readonly isStreamed: boolean;
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
const watchEvent = message({ type: one(1, text), object: one(2, message({ raw: one(1, raw) })) });
const statusShape = message({ message: one(3, text), reason: one(4, text), code: one(6, integer) });

/**
 * Reads a page of a list in JSON or protobuf.
 * @param take gets the objects: of protobuf as they come, of JSON all at once
 * @throws SyntaxError when it was cut short
 */
export async function readPage<T>(
  body: AsyncIterable<Uint8Array>,
  shape: Read<T>,
  take: (items: readonly T[]) => void,
): Promise<Page> {
  const whole: Buffer[] = [];
  let list: ListReader<T> | undefined;
  for await (const chunk of body) {
    if (chunk.length === 0) continue;
    const bytes = asBuffer(chunk);
    if (list === undefined && whole.length === 0 && bytes[0] === magic[0]) list = createListReader(shape);
    if (list === undefined) whole.push(bytes);
    else {
      const items = list.read(bytes);
      if (items.length > 0) take(items);
    }
  }
  if (list !== undefined) return pageOf(list.end(), true);
  const { metadata, items } = JSON.parse(Buffer.concat(whole).toString('utf8')) as JsonList<T>;
  take(items ?? []);
  return pageOf(metadata, false);
}

type ListMeta = Infer<typeof listMeta>;

interface JsonList<T> {
  readonly metadata?: ListMeta;
  readonly items?: readonly T[] | null;
}

function pageOf(metadata: ListMeta = {}, isStreamed: boolean): Page {
  return {
    resourceVersion: metadata.resourceVersion ?? '',
    next: metadata.continue || undefined,
    remaining: metadata.remainingItemCount,
    isStreamed,
  };
}

/** Reads a list out of protobuf as it comes: its objects are whole long before it is. */
interface ListReader<T> {
  read(chunk: Buffer): readonly T[];
  /** @throws SyntaxError when the list is not complete */
  end(): ListMeta;
}

function createListReader<T>(shape: Read<T>): ListReader<T> {
  let held: Buffer = Buffer.alloc(0);
  /** Bytes of the list that are still to come; undefined before its beginning. */
  let left: number | undefined;
  let metadata: ListMeta = {};

  /** Steps over what wraps the list. @returns where it begins; undefined when that is not there yet */
  function begin(bytes: Buffer): number | undefined {
    if (bytes.length < magic.length) return undefined;
    let at = magic.length;
    for (;;) {
      const field = fieldAt(bytes, at, false);
      if (field === undefined || (field.number !== 2 && field.until > bytes.length)) return undefined;
      if (field.number === 2) {
        left = field.until - field.from;
        return field.from;
      }
      at = field.until;
    }
  }

  return {
    read(chunk) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      held = bytes;
      let at = left === undefined ? begin(bytes) : 0;
      if (at === undefined) return [];
      const items: T[] = [];
      while (left !== undefined && left > 0) {
        const field = fieldAt(bytes, at);
        if (field === undefined) break;
        const part = bytes.subarray(field.from, field.until);
        if (field.number === 1) metadata = readAll(part, listMeta);
        else if (field.number === 2) items.push(readAll(part, shape));
        left -= field.until - at;
        at = field.until;
      }
      held = bytes.subarray(at);
      return items;
    },
    end() {
      if (left !== 0) throw new SyntaxError('a list in protobuf was cut short');
      return metadata;
    },
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
