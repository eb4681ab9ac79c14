/**
 * Reads the parts one wants out of Kubernetes' protobuf, and steps over everything else by its length: of a pod that is most of it.
 * What is read has the names and the form of the JSON API (times are texts, what is empty is absent), so that nobody need know which of both came.
 * Source: https://protobuf.dev/programming-guides/encoding/ and the generated.proto files of k8s.io/api, whose field numbers never change.
 */

/** Where reading is in some bytes. */
export interface Cursor {
  readonly bytes: Buffer;
  at: number;
  /** Where the field entered last ends. */
  until: number;
  /** Its value, where that is a number. */
  number: number;
}

/** Reads one value, which begins at the cursor and ends before `end`. */
export type Read<T> = (cursor: Cursor, end: number) => T;

/** Reads one value into the message that is being read. */
interface Field<T, Inline extends boolean = false> {
  readonly number: number;
  readonly into: (message: Record<string, unknown>, name: string, cursor: Cursor, end: number) => void;
  /** Never there: the type it reads. */
  readonly type?: T;
  readonly isInline?: Inline;
}

type Fields = Readonly<Record<string, Field<unknown, boolean>>>;
type Values<F extends Fields> = {
  readonly [K in keyof F as F[K] extends Field<unknown, true> ? never : K]?: Exclude<F[K]['type'], undefined>;
};
type Inlined<F extends Fields> = {
  [K in keyof F]: F[K] extends Field<infer T, true> ? T : never;
}[keyof F];

/** What reads a message: every field may be missing. */
type Message<F extends Fields> = Values<F> & ([Inlined<F>] extends [never] ? unknown : Inlined<F>);

/** The type that a reader reads. */
export type Infer<R> = R extends Read<infer T> ? T : never;

/** A field with one value; an empty text counts as none, as in JSON. */
export function one<T>(number: number, read: Read<T>): Field<T> {
  return {
    number,
    into(message, name, cursor, end) {
      const value = read(cursor, end);
      if (value !== '') message[name] = value;
    },
  };
}

/** A field with any number of values. */
export function list<T>(number: number, read: Read<T>): Field<readonly T[]> {
  return {
    number,
    into(message, name, cursor, end) {
      message[name] ??= [];
      (message[name] as T[]).push(read(cursor, end));
    },
  };
}

/** A field that maps texts. */
export function map<T>(number: number, read: Read<T>): Field<Readonly<Record<string, T>>> {
  return {
    number,
    into(message, name, cursor, end) {
      message[name] ??= {};
      let key = '';
      // an entry is a message with its key in field 1 and its value in field 2; what is empty may be left out
      let value = read(cursor, cursor.at);
      while (cursor.at < end) {
        const part = enter(cursor, end);
        const { until } = cursor;
        if (part === 1) key = text(cursor, until);
        else value = read(cursor, until);
        cursor.at = until;
      }
      (message[name] as Record<string, T>)[key] = value;
    },
  };
}

/** A field with a message whose own fields JSON shows in its parent (`json:",inline"` in Go). */
export function inline<T>(number: number, read: Read<T>): Field<T, true> {
  return {
    number,
    into(message, _name, cursor, end) {
      Object.assign(message, read(cursor, end));
    },
  };
}

/** A message of which these fields are read. */
export function message<F extends Fields>(fields: F): Read<Message<F>> {
  const names: string[] = [];
  const byNumber: Fields[string][] = [];
  for (const [name, field] of Object.entries(fields)) {
    names[field.number] = name;
    byNumber[field.number] = field;
  }
  return (cursor, end) => {
    const found: Record<string, unknown> = {};
    while (cursor.at < end) {
      const number = enter(cursor, end);
      const { until } = cursor;
      byNumber[number]?.into(found, names[number] ?? '', cursor, until);
      cursor.at = until;
    }
    return found as Message<F>;
  };
}

export const text: Read<string> = ({ bytes, at }, end) => bytes.toString('utf8', at, end);

/** Of 64 bits those are right that a number of JavaScript holds; negative ones of Kubernetes' fields are of no use to us. */
export const integer: Read<number> = ({ number }) => number;

export const flag: Read<boolean> = ({ number }) => number !== 0;

/** Times of one object are mostly of one second. */
let lastMs = 0;
let lastText = '';

/** `meta/v1` Time or MicroTime as RFC 3339; empty for none. */
export const time: Read<string> = (cursor, end) => {
  let seconds = 0;
  let nanos = 0;
  while (cursor.at < end) {
    const part = enter(cursor, end);
    if (part === 1) seconds = cursor.number;
    else if (part === 2) nanos = cursor.number;
    cursor.at = cursor.until;
  }
  if (seconds === 0) return '';
  const ms = seconds * 1000 + Math.floor(nanos / 1e6);
  if (ms !== lastMs) lastText = new Date(ms).toISOString();
  lastMs = ms;
  return lastText;
};

/** `resource.Quantity`, e.g. `10Gi`. */
export const quantity: Read<string> = (cursor, end) => {
  let found = '';
  while (cursor.at < end) {
    if (enter(cursor, end) === 1) found = text(cursor, cursor.until);
    cursor.at = cursor.until;
  }
  return found;
};

/** The bytes themselves, not copied. */
export const raw: Read<Buffer> = ({ bytes, at }, end) => bytes.subarray(at, end);

/** A field whose bytes are all there. */
export interface WholeField {
  readonly number: number;
  readonly from: number;
  readonly until: number;
}

/** The field with a length that begins at a byte; undefined when it is not all there yet. @param whole false to be content with its beginning */
export function fieldAt(bytes: Buffer, at: number, whole = true): WholeField | undefined {
  const cursor: Cursor = { bytes, at, until: 0, number: 0 };
  const tag = tryVarint(cursor);
  const length = tag === undefined ? undefined : tryVarint(cursor);
  if (tag === undefined || length === undefined) return undefined;
  if ((tag & 7) !== 2) throw new SyntaxError(`protobuf with wire type ${tag & 7} in a list`);
  const until = cursor.at + length;
  return whole && until > bytes.length ? undefined : { number: tag >>> 3, from: cursor.at, until };
}

function tryVarint(cursor: Cursor): number | undefined {
  let end = cursor.at;
  while ((cursor.bytes[end] ?? 0) > 127) end++;
  return end < cursor.bytes.length ? readVarint(cursor) : undefined;
}

/** Goes to a field's value. @returns the field's number */
function enter(cursor: Cursor, end: number): number {
  const tag = readVarint(cursor);
  switch (tag & 7) {
    case 0:
      cursor.number = readVarint(cursor);
      cursor.until = cursor.at;
      break;
    case 1:
      cursor.until = cursor.at + 8;
      break;
    case 2: {
      const length = readVarint(cursor);
      cursor.until = cursor.at + length;
      break;
    }
    case 5:
      cursor.until = cursor.at + 4;
      break;
    default:
      throw new SyntaxError(`protobuf with wire type ${tag & 7}`);
  }
  if (cursor.until > end) throw new SyntaxError('protobuf cut short');
  return tag >>> 3;
}

function readVarint(cursor: Cursor): number {
  const { bytes } = cursor;
  const first = bytes[cursor.at] ?? 255;
  if (first < 128) {
    cursor.at++;
    return first;
  }
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new SyntaxError('protobuf cut short');
    value += (byte & 127) * scale;
    if (byte < 128) return value;
    scale *= 128;
  }
}
