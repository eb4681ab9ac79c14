import { ApiError, CredentialError, type Operation, type UnreachableError } from './errors.ts';
import { delayMs, isRetriableStatus, type RetryPolicy } from './retry.ts';
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

/** What an attempt may use. */
export interface Chance {
  /** Re-read the credentials first: the last attempt was answered 401. */
  readonly renew: boolean;
  /** Milliseconds left for all attempts together. */
  readonly leftMs: number;
}

/** What a successful attempt gives. */
export interface Outcome<T> {
  readonly status: number;
  readonly value: T;
}

export interface AttemptsOptions {
  readonly server: string;
  readonly renewable: boolean;
  /** PEM of the client certificate, to explain a 401. */
  readonly certificate: string | undefined;
  readonly log?: (call: ApiCall) => void;
}

export interface Bounds {
  readonly retry: RetryPolicy;
  readonly signal?: AbortSignal;
}

/** Runs a request until it succeeds, its failure is final, or its bounds are reached. */
export type Attempts = <T>(
  operation: Operation,
  bounds: Bounds,
  run: (chance: Chance) => Promise<Outcome<T>>,
) => Promise<T>;

/**
 * Makes the retries of one server: what may pass is asked again with growing waits, a 401 once with credentials read
 * anew, everything else is thrown as ApiError, UnreachableError or CredentialError. Every attempt is logged.
 */
export function createAttempts(options: AttemptsOptions): Attempts {
  return async (operation, bounds, run) => {
    const { retry, signal } = bounds;
    const deadline = Date.now() + retry.totalMs;
    let renewed = false;
    let renew = false;
    for (let attempt = 1; ; attempt++) {
      const started = performance.now();
      const note = (status: number | string) =>
        options.log?.({ ...operation, status, durationMs: performance.now() - started, attempt });
      let failure: ApiError | UnreachableError;
      try {
        const { status, value } = await run({ renew, leftMs: Math.max(1, deadline - Date.now()) });
        note(status);
        return value;
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (error instanceof CredentialError) throw error;
        failure = error instanceof ApiError ? error : unreachable(error, options.server);
        note(failure instanceof ApiError ? failure.status : failure.code);
      }
      renew = !renewed && options.renewable && failure instanceof ApiError && failure.status === 401;
      if (renew) {
        renewed = true;
        continue;
      }
      const wait = delayMs(retry, attempt, failure instanceof ApiError ? failure.retryAfterSeconds : undefined);
      if (!isRetriable(failure) || attempt >= retry.attempts || Date.now() + wait >= deadline) {
        throw failure instanceof ApiError ? await explainUnauthorized(failure, options.certificate) : failure;
      }
      await pause(wait, signal);
    }
  };
}

function isRetriable(failure: ApiError | UnreachableError): boolean {
  return failure instanceof ApiError ? isRetriableStatus(failure.status) : isPassing(failure);
}

/** Waits, or throws the signal's reason as soon as it is aborted. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}
