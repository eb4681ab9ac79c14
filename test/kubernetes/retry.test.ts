import test from 'ava';
import fc from 'fast-check';
import { defaultRetry, delayMs, parseRetryAfter } from '../../src/kubernetes/retry.ts';

const now = Date.parse('2026-01-02T03:04:05Z');

test('Retry-After in seconds', (t) => {
  t.is(parseRetryAfter('0', now), 0);
  t.is(parseRetryAfter(' 17 ', now), 17);
});

test('Retry-After as an HTTP date, in each of the three forms a receiver must know', (t) => {
  t.is(parseRetryAfter('Fri, 02 Jan 2026 03:04:35 GMT', now), 30);
  t.is(parseRetryAfter('Friday, 02-Jan-26 03:04:35 GMT', now), 30);
  t.is(parseRetryAfter('Fri, 02 Jan 2026 03:04:00 GMT', now), 0);
});

test('an unreadable Retry-After counts as none', (t) => {
  for (const value of [undefined, '', '-1', '1.5', 'soon', 'NaN', 'Infinity']) {
    t.is(parseRetryAfter(value, now), undefined, String(value));
  }
});

test('any date in the future gives the seconds until it', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000_000 }), (seconds) => {
      return parseRetryAfter(new Date(now + seconds * 1000).toUTCString(), now) === seconds;
    }),
  );
  t.pass();
});

test('the wait grows, has jitter, stays below its bound and is never shorter than Retry-After', (t) => {
  const random = fc.double({ min: 0, max: 0.999, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), random, (attempt, value) => {
      const wait = delayMs(defaultRetry, attempt, undefined, () => value);
      const ceiling = Math.min(defaultRetry.maxDelayMs, defaultRetry.firstDelayMs * 2 ** (attempt - 1));
      return wait >= ceiling / 2 && wait <= ceiling;
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 600 }), random, (seconds, value) => {
      const wait = delayMs(defaultRetry, 3, seconds, () => value);
      return wait >= seconds * 1000 && wait <= seconds * 1000 + 1000;
    }),
  );
  t.not(
    delayMs(defaultRetry, 4, undefined, () => 0.1),
    delayMs(defaultRetry, 4, undefined, () => 0.9),
  );
});
