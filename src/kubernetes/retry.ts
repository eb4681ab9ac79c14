/** How often and how long one call is tried. */
export interface RetryPolicy {
  /** Attempts in all, the first one included. */
  readonly attempts: number;
  /** Bound of the whole call, waits included, in milliseconds. */
  readonly totalMs: number;
  /** Wait before the second attempt in milliseconds; doubled for each further one, with jitter. */
  readonly firstDelayMs: number;
  /** Longest wait between two attempts in milliseconds. */
  readonly maxDelayMs: number;
}

export const defaultRetry: RetryPolicy = { attempts: 8, totalMs: 30_000, firstDelayMs: 100, maxDelayMs: 5_000 };

/**
 * Milliseconds to wait before the next attempt: exponential with full jitter on the upper half, so that the many CPI
 * processes of a Director do not come back in step; never earlier than the server's Retry-After.
 * @param attempt number of the attempt that failed, from 1
 */
export function delayMs(
  policy: RetryPolicy,
  attempt: number,
  retryAfterSeconds?: number,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
  const jittered = ceiling * (0.5 + random() / 2);
  if (retryAfterSeconds === undefined) return jittered;
  return retryAfterSeconds * 1000 + Math.min(jittered, 1000) * random();
}

/** Statuses that may pass when asked again; all other 4xx are answers. */
export function isRetriableStatus(status: number): boolean {
  return status === 429 || status === 500 || status === 502 || status === 503 || status === 504;
}

/**
 * Seconds of a Retry-After header: a number of seconds or an HTTP date.
 * @returns seconds from now, at least 0; undefined when absent or unreadable
 * Source: RFC 9110 §10.2.3
 */
export function parseRetryAfter(value: string | undefined, now: number = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Number(text);
  // Date.parse alone would read "-1" or "1.5" as years.
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}
