import { type ApiCall, createAttempts } from './attempts.ts';
import { type Operation, UnreachableError } from './errors.ts';
import { operationOf } from './operation.ts';
import { readText } from './read-text.ts';
import { parseRetryAfter, type RetryPolicy } from './retry.ts';
import { statusError } from './status.ts';
import type { Transport, Upgrade } from './transport.ts';

export interface Call {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface StreamOptions {
  /** Bound until the answer's headers, in milliseconds; the client's own when omitted or longer. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Form of the answer; `application/json` when omitted. */
  readonly accept?: string;
}

export interface CallerOptions {
  readonly retry: RetryPolicy;
  /** Bound of one attempt until its headers, and of every silence in its body, in milliseconds. */
  readonly timeoutMs: number;
  readonly log?: (call: ApiCall) => void;
}

/** All calls throw ApiError, UnreachableError or CredentialError. */
export interface Caller {
  /** One call with its retries. */
  call(call: Call): Promise<Answer>;
  /**
   * One GET, whose body is handed out as it comes. Not retried, but for a 401 with credentials to renew.
   *
   * The body can be read once, has no bound of its own and must be read to its end, left, or aborted by the signal; leaving the loop closes the connection.
   * Reading throws an error of any kind when aborted, else one with the code of the socket layer (`ECONNRESET`) when the connection breaks.
   */
  stream(path: string, options?: StreamOptions): Promise<AsyncIterable<Uint8Array>>;
  /**
   * Opens a connection that is no plain request, with the retries of a call.
   * @param open given what the handshake needs; what it throws decides on a retry
   * @param totalMs bound of the handshake with its retries, in milliseconds; the client's own when longer
   */
  upgrade<T>(path: string, totalMs: number, open: (upgrade: Upgrade) => Promise<T>): Promise<T>;
}

/** Makes calls over a transport: bounded attempts, retries, Status errors, one log record an attempt. */
export function createCaller(transport: Transport, options: CallerOptions): Caller {
  const { server, renewable, certificate } = transport;
  const { retry, log } = options;
  const attempts = createAttempts({ server, renewable, certificate, ...(log && { log }) });

  function call(request: Call): Promise<Answer> {
    const operation = operationOf(request.method, request.path);
    const limits = { retry, ...(request.signal && { signal: request.signal }) };
    return attempts(operation, limits, async ({ renew, leftMs }) => {
      const timeoutMs = Math.min(options.timeoutMs, leftMs);
      const started = performance.now();
      const { status, headers, ...rest } = await transport.open({ ...request, timeoutMs, renew });
      const totalMs = Math.max(1, leftMs - (performance.now() - started));
      const text = await readText(rest, server, { idleMs: Math.min(timeoutMs, totalMs), totalMs });
      const answer = { status, headers, text };
      check(operation, answer, server);
      return { status, value: answer };
    });
  }

  function stream(
    path: string,
    { signal, accept = 'application/json', timeoutMs = options.timeoutMs }: StreamOptions = {},
  ): Promise<AsyncIterable<Uint8Array>> {
    const operation = operationOf('GET', path);
    const bounds = { retry: { ...retry, attempts: 1 }, ...(signal && { signal }) };
    const request = { method: 'GET', path, headers: { Accept: accept }, ...(signal && { signal }) };
    return attempts(operation, bounds, async ({ renew }) => {
      const boundMs = Math.min(options.timeoutMs, timeoutMs);
      const { status, headers, ...rest } = await transport.open({ ...request, timeoutMs: boundMs, renew });
      if (status === 200) return { status, value: rest.body };
      const text = await readText(rest, server, { idleMs: boundMs, totalMs: boundMs });
      throw statusError(operation, status, text, parseRetryAfter(headers['retry-after']));
    });
  }

  function upgrade<T>(path: string, totalMs: number, open: (upgrade: Upgrade) => Promise<T>): Promise<T> {
    const bounds = { retry: { ...retry, totalMs: Math.min(retry.totalMs, totalMs) } };
    return attempts(operationOf('GET', path), bounds, async ({ renew, leftMs }) => {
      const timeoutMs = Math.min(options.timeoutMs, leftMs);
      return { status: 101, value: await open(await transport.upgrade(path, timeoutMs, renew)) };
    });
  }

  return { call, stream, upgrade };
}

/** @throws ApiError for any answer that is no success, UnreachableError for one that is not Kubernetes' */
function check(operation: Operation, { status, headers, text }: Answer, server: string): void {
  if (status < 200 || status > 299) {
    throw statusError(operation, status, text, parseRetryAfter(headers['retry-after']), headers.location);
  }
  if (headers['content-type']?.startsWith('text/html')) {
    const message = `${server} answered with a web page, so it is no Kubernetes API; check the server of the kubeconfig and proxies`;
    throw new UnreachableError('NOT_KUBERNETES', server, message);
  }
}
