import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, CredentialError, type Operation, UnreachableError } from './errors.ts';
import { operationOf } from './operation.ts';
import { readText } from './read-text.ts';
import { delayMs, isRetriableStatus, parseRetryAfter, type RetryPolicy } from './retry.ts';
import { statusError } from './status.ts';
import type { Transport } from './transport.ts';
import { explainUnauthorized } from './unauthorized.ts';
import { isPassing, unreachable } from './unreachable.ts';

/** One attempt, as it is logged. Holds no body, no header and no query. */
export interface ApiCall extends Operation {
  /** HTTP status, or the error's code when there was no answer. */
  readonly status: number | string;
  readonly durationMs: number;
  /** From 1. */
  readonly attempt: number;
}

export interface Call {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface StreamOptions {
  /** Bound until the answer's headers, in milliseconds; the client's own when omitted or longer. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface CallerOptions {
  readonly retry: RetryPolicy;
  /** Bound of one attempt until its headers, and of every silence in its body, in milliseconds. */
  readonly timeoutMs: number;
  readonly log?: (call: ApiCall) => void;
}

export interface Caller {
  /** One call with its retries. Throws ApiError, UnreachableError, CredentialError. */
  call(call: Call): Promise<Answer>;
  /** One GET, whose body is handed out as it comes. Not retried, but for a 401 with credentials to renew. */
  stream(path: string, options?: StreamOptions): Promise<IncomingMessage>;
}

/** Makes calls over a transport: bounded attempts, retries, Status errors, one log record an attempt. */
export function createCaller(transport: Transport, options: CallerOptions): Caller {
  const { retry, log } = options;
  const { server } = transport;

  /** Runs one attempt, logs it, and turns whatever goes wrong into an error of ours. */
  async function attempt<T>(
    operation: Operation,
    number: number,
    signal: AbortSignal | undefined,
    run: () => Promise<{ status: number; value: T }>,
  ): Promise<T> {
    const started = performance.now();
    const note = (status: number | string) =>
      log?.({ ...operation, status, durationMs: performance.now() - started, attempt: number });
    try {
      const { status, value } = await run();
      note(status);
      return value;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof CredentialError) throw error;
      const failure = error instanceof ApiError ? error : unreachable(error, server);
      note(failure instanceof ApiError ? failure.status : failure.code);
      throw failure instanceof ApiError ? await explainUnauthorized(failure, transport.certificate) : failure;
    }
  }

  async function call(request: Call): Promise<Answer> {
    const operation = operationOf(request.method, request.path);
    const deadline = Date.now() + retry.totalMs;
    let renewed = false;
    let renew = false;
    for (let number = 1; ; number++) {
      try {
        return await attempt(operation, number, request.signal, async () => {
          const left = Math.max(1, deadline - Date.now());
          const timeoutMs = Math.min(options.timeoutMs, left);
          const response = await transport.open({ ...request, timeoutMs, renew });
          const text = await readText(response, server, { idleMs: timeoutMs, totalMs: left });
          return { status: response.statusCode ?? 0, value: answerOf(operation, response, text, server) };
        });
      } catch (error) {
        renew = !renewed && isUnauthorized(error) && transport.renewable;
        if (renew) {
          renewed = true;
          continue;
        }
        if (!isRetriable(error) || number >= retry.attempts) throw error;
        const wait = delayMs(retry, number, error instanceof ApiError ? error.retryAfterSeconds : undefined);
        if (Date.now() + wait >= deadline) throw error;
        await sleep(wait, undefined, request.signal === undefined ? {} : { signal: request.signal });
      }
    }
  }

  async function stream(path: string, bounds: StreamOptions = {}): Promise<IncomingMessage> {
    const operation = operationOf('GET', path);
    const timeoutMs = Math.min(options.timeoutMs, bounds.timeoutMs ?? options.timeoutMs);
    const headers = { Accept: 'application/json' };
    const signal = bounds.signal === undefined ? {} : { signal: bounds.signal };
    const open = (renew: boolean) =>
      attempt(operation, renew ? 2 : 1, bounds.signal, async () => {
        const response = await transport.open({ method: 'GET', path, headers, timeoutMs, renew, ...signal });
        const status = response.statusCode ?? 0;
        if (status === 200) return { status, value: response };
        const text = await readText(response, server, { idleMs: timeoutMs, totalMs: timeoutMs });
        throw statusError(operation, status, text, parseRetryAfter(response.headers['retry-after']));
      });
    try {
      return await open(false);
    } catch (error) {
      if (!isUnauthorized(error) || !transport.renewable) throw error;
      return await open(true);
    }
  }

  return { call, stream };
}

function answerOf(operation: Operation, response: IncomingMessage, text: string, server: string): Answer {
  const status = response.statusCode ?? 0;
  const headers = flatHeaders(response);
  if (status < 200 || status > 299) {
    throw statusError(operation, status, text, parseRetryAfter(headers['retry-after']), headers.location);
  }
  if (headers['content-type']?.startsWith('text/html')) {
    const message = `${server} answered with a web page, so it is no Kubernetes API; check the server of the kubeconfig and proxies`;
    throw new UnreachableError('NOT_KUBERNETES', server, message);
  }
  return { status, headers, text };
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

function isRetriable(error: unknown): boolean {
  if (error instanceof ApiError) return isRetriableStatus(error.status);
  return error instanceof UnreachableError && isPassing(error);
}

function flatHeaders(response: IncomingMessage): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
