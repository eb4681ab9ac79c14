/** What a route answers. */
export interface Answer {
  readonly status: number;
  readonly type: ContentType;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A Director gives most of its JSON the type of Sinatra's default: a client must not go by it. */
type ContentType = 'text/html;charset=utf-8' | 'application/json' | 'text/plain;charset=utf-8';

const HTML = 'text/html;charset=utf-8';

/** JSON from a route that does not say so. */
export function untyped(value: unknown): Answer {
  return { status: 200, type: HTML, body: JSON.stringify(value) };
}

/** JSON from a route that says so. */
export function typed(value: unknown): Answer {
  return { status: 200, type: 'application/json', body: JSON.stringify(value) };
}

export function plain(status: number, body: string, type: ContentType = HTML): Answer {
  return { status, type, body };
}
