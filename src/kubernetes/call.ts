import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, UnreachableError } from './errors.ts';
import { operationOf } from './operation.ts';
import { delayMs, isRetriableStatus, parseRetryAfter, type RetryPolicy } from './retry.ts';
import { statusError } from './status.ts';
import type { Transport } from './transport.ts';
import { unreachable } from './unreachable.ts';

/** One attempt, as it is logged. Holds no body, no header and no query. */
export interface ApiCall {
  readonly verb: string;
  readonly resource: string;
  readonly name?: string;
  readonly namespace?: string;
  /** HTTP status, or the error's code when there was no answer. */
  readonly status: number | string;
  readonly durationMs: number;
  /** From 1. */
  readonly attempt: number;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
}

export interface CallerOptions {
  readonly retry: RetryPolicy;
  readonly timeoutMs: number;
  readonly log?: (call: ApiCall) => void;
}

export interface Caller {
  call(call: Call): Promise<Answer>;
  stream(path: string, options: { timeoutMs: number; signal?: AbortSignal }): Promise<IncomingMessage>;
}

/** Makes calls over a transport: bounded attempts, retries, Status errors, one log record an attempt. */
export function createCaller(transport: Transport, options: CallerOptions): Caller {
  const { retry, log } = options;

  async function call(request: Call): Promise<Answer> {
    const operation = operationOf(request.method, request.path);
    const deadline = Date.now() + retry.totalMs;
    let renew = false;
    for (let attempt = 1; ; attempt++) {
      const started = performance.now();
      const note = (status: number | string) =>
        log?.({ ...operation, status, durationMs: performance.now() - started, attempt });
      let failure: ApiError | UnreachableError;
      try {
        const left = Math.max(1, Math.min(options.timeoutMs, deadline - Date.now()));
        const response = await transport.open({ ...request, timeoutMs: left, renew });
        const text = await readText(response, left, transport.server);
        const status = response.statusCode ?? 0;
        note(status);
        if (status >= 200 && status <= 299) return { status, headers: flatHeaders(response), text };
        failure = statusError(operation, status, text, parseRetryAfter(response.headers['retry-after']));
        if (status === 401 && transport.renewable && !renew) {
          renew = true;
          continue;
        }
        if (!isRetriableStatus(status)) throw failure;
      } catch (error) {
        if (error instanceof ApiError || request.signal?.aborted) throw error;
        failure = unreachable(error, transport.server);
        note(failure.code);
      }
      const wait = delayMs(retry, attempt, failure instanceof ApiError ? failure.retryAfterSeconds : undefined);
      if (attempt >= retry.attempts || Date.now() + wait >= deadline) throw failure;
      await sleep(wait, undefined, request.signal === undefined ? {} : { signal: request.signal });
    }
  }

  async function stream(path: string, bounds: { timeoutMs: number; signal?: AbortSignal }): Promise<IncomingMessage> {
    const operation = operationOf('GET', path);
    const started = performance.now();
    const note = (status: number | string) =>
      log?.({ ...operation, status, durationMs: performance.now() - started, attempt: 1 });
    try {
      const timeoutMs = Math.min(options.timeoutMs, bounds.timeoutMs);
      const headers = { Accept: 'application/json' };
      const response = await transport.open({
        method: 'GET',
        path,
        headers,
        timeoutMs,
        ...(bounds.signal === undefined ? {} : { signal: bounds.signal }),
      });
      const status = response.statusCode ?? 0;
      note(status);
      if (status === 200) return response;
      throw statusError(
        operation,
        status,
        await readText(response, timeoutMs, transport.server),
        parseRetryAfter(response.headers['retry-after']),
      );
    } catch (error) {
      if (error instanceof ApiError || bounds.signal?.aborted) throw error;
      const failure = unreachable(error, transport.server);
      note(failure.code);
      throw failure;
    }
  }

  return { call, stream };
}

function readText(response: IncomingMessage, idleMs: number, server: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const stalled = () =>
      response.destroy(
        new UnreachableError('TIMEOUT', server, `${server} stopped in the middle of an answer for ${idleMs} ms`),
      );
    const timer = setTimeout(stalled, idleMs);
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      timer.refresh();
    });
    response.on('end', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
    response.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

function flatHeaders(response: IncomingMessage): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
