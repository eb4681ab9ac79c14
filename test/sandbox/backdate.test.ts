import test from 'ava';
import { shiftSince } from '../../src/sandbox/backdate.ts';

const since = Date.parse('2026-11-23T08:00:00.700Z');
const hour = 3_600_000;

test('what happened since is moved, what was before stays', (t) => {
  const shift = shiftSince(since, 2 * hour);
  t.is(shift('2026-11-23T07:59:59Z'), '2026-11-23T07:59:59Z');
  // an API time has lost its fraction, and may be of that very second
  t.is(shift('2026-11-23T08:00:00Z'), '2026-11-23T06:00:00Z');
  t.is(shift('2026-11-23T08:30:00Z'), '2026-11-23T06:30:00Z');
  t.is(shift('2026-11-23T08:30:00.123456Z'), '2026-11-23T06:30:00.123456Z');
});
