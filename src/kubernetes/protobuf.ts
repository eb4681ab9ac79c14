/**
 * Reads the parts one wants out of Kubernetes' protobuf, and steps over everything else by its length: of a pod that is most of it.
 * What is read has the names and the form of the JSON API (times are texts, what is empty is absent), so that nobody need know which of both came.
 * Source: https://protobuf.dev/programming-guides/encoding/ and the generated.proto files of k8s.io/api, whose field numbers never change.
 */

/** Where reading is in some bytes. */
export interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

/** Reads one value, which ends before `end`; numbers end by themselves. */
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
      eachField(cursor, end, (part, until) => {
        if (part === 1) key = text(cursor, until);
        else value = read(cursor, until);
      });
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
    eachField(cursor, end, (number, until) => {
      byNumber[number]?.into(found, names[number] ?? '', cursor, until);
    });
    return found as Message<F>;
  };
}

export const text: Read<string> = ({ bytes, at }, end) => bytes.toString('utf8', at, end);

/** Of 64 bits those are right that a number of JavaScript holds; negative ones of Kubernetes' fields are of no use to us. */
export const integer: Read<number> = (cursor) => readVarint(cursor);

export const flag: Read<boolean> = (cursor) => readVarint(cursor) !== 0;

/** `meta/v1` Time or MicroTime as RFC 3339; empty for none. */
export const time: Read<string> = (cursor, end) => {
  let seconds = 0;
  let nanos = 0;
  eachField(cursor, end, (number) => {
    if (number === 1) seconds = readVarint(cursor);
    else if (number === 2) nanos = readVarint(cursor);
  });
  return seconds === 0 ? '' : new Date(seconds * 1000 + Math.floor(nanos / 1e6)).toISOString();
};

/** `resource.Quantity`, e.g. `10Gi`. */
export const quantity: Read<string> = (cursor, end) => {
  let found = '';
  eachField(cursor, end, (number, until) => {
    if (number === 1) found = text(cursor, until);
  });
  return found;
};

/** The bytes themselves, not copied. */
export const raw: Read<Buffer> = ({ bytes, at }, end) => bytes.subarray(at, end);

/** Calls `visit` at each field's value; whatever it leaves unread is stepped over. */
function eachField(cursor: Cursor, end: number, visit: (number: number, until: number) => void): void {
  while (cursor.at < end) {
    const tag = readVarint(cursor);
    const kind = tag & 7;
    if (kind === 2) {
      const length = readVarint(cursor);
      const until = cursor.at + length;
      if (until > end) throw new SyntaxError('protobuf cut short');
      visit(tag >>> 3, until);
      cursor.at = until;
    } else if (kind === 0) {
      const before = cursor.at;
      visit(tag >>> 3, before);
      if (cursor.at === before) readVarint(cursor);
    } else if (kind === 1 || kind === 5) cursor.at += kind === 1 ? 8 : 4;
    else throw new SyntaxError(`protobuf with wire type ${kind}`);
  }
}

function readVarint(cursor: Cursor): number {
  const { bytes } = cursor;
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
