import type * as v from 'valibot';
import { readText } from '../kubernetes/read-text.ts';
import type { Streamed } from '../kubernetes/transport.ts';
import { openConnection, type Request } from './connection.ts';
import { checked, notDirector, pathOf, readBytes, unlessSilent } from './reading.ts';
import type { DirectorTarget } from './target.ts';

export interface RequestOptions {
  /** Where proxies are read from; the process's own when omitted. */
  readonly env?: NodeJS.ProcessEnv;
  /** Bound of one attempt until its answer begins, and of every silence within it, in milliseconds; half a minute when omitted. */
  readonly timeoutMs?: number;
}

/** A request that makes a task or changes something. */
export interface Change {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path with query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** All throw DirectorError, UnreachableError or CredentialError. */
export interface Requests {
  /** One GET of JSON. */
  read<S extends v.GenericSchema>(path: string, schema: S, signal?: AbortSignal): Promise<v.InferOutput<S>>;
  /** A request that makes a task; @returns its number */
  start(change: Change): Promise<number>;
  /** A request that is answered by nothing (204). */
  send(change: Change): Promise<void>;
  /** What has been added to an output since its first `from` bytes; empty when nothing has. */
  more(path: string, from: number, signal?: AbortSignal): Promise<Buffer>;
  /** A body as it comes. */
  stream(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array>;
  close(): void;
}

/** Makes the requests to one Director. No I/O until the first. */
export function createRequests(target: DirectorTarget, options: RequestOptions = {}): Requests {
  const { timeoutMs = 30_000, env = process.env } = options;
  const connection = openConnection(target, { env, timeoutMs });
  const { url } = target;

  async function whole(answer: Streamed): Promise<string> {
    return await readText(answer, url, { idleMs: timeoutMs, totalMs: 4 * timeoutMs });
  }

  async function start(change: Change): Promise<number> {
    const request = { headers: {}, ...change };
    return await connection.exchange(request, [302, 303], async (answer) => {
      await whole(answer);
      // the host of Location is what the Director takes for its own; only the path counts
      const id = /\/tasks\/(\d+)$/.exec(answer.headers.location ?? '')?.[1];
      if (id !== undefined) return Number(id);
      throw notDirector(url, `its answer to ${change.method} ${pathOf(change.path)} names no task`);
    });
  }

  async function more(path: string, from: number, signal?: AbortSignal): Promise<Buffer> {
    const request = get(path, { Range: `bytes=${from}-` }, signal);
    return await connection.exchange(request, [200, 204, 206, 416], async (answer) => {
      const bytes = await readBytes(answer, timeoutMs, url);
      // without a Content-Range the answer begins at the beginning
      if (answer.status === 200) return bytes.subarray(from);
      return answer.status === 206 ? bytes : Buffer.alloc(0);
    });
  }

  async function* stream(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const answer = await connection.exchange(get(path, {}, signal), [200, 204], async (begun) => begun);
    yield* unlessSilent(answer, timeoutMs, url);
  }

  return {
    start,
    more,
    stream,
    async read(path, schema, signal) {
      const text = await connection.exchange(get(path, { Accept: 'application/json' }, signal), [200], whole);
      return checked(schema, text, path, url);
    },
    async send(change) {
      await connection.exchange({ headers: {}, ...change }, [200, 204], whole);
    },
    close: connection.close,
  };
}

function get(path: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Request {
  return { method: 'GET', path, headers, ...(signal && { signal }) };
}
