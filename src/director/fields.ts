/** Kinds of fields in the Director's JSON. */
import * as v from 'valibot';

export const text = v.string();
export const maybe = v.nullish(v.string());
export const texts = v.nullish(v.array(v.string()), []);

/** Ruby's nil, an empty text and what is left out say the same. */
export function orNone(given: string | null | undefined): string | undefined {
  return given || undefined;
}

/** Of `2026-11-23 01:09:00 UTC`, `2016-01-09 06:23:25 +0000` or RFC 3339. */
export function timeOf(given: string | null | undefined): number | undefined {
  if (!given) return undefined;
  const iso = given.replace(/^(\S+) (\S+) (?:UTC|([+-]\d\d):?(\d\d))$/, (_, day, clock, hours, minutes) =>
    hours === undefined ? `${day}T${clock}Z` : `${day}T${clock}${hours}:${minutes}`,
  );
  const at = Date.parse(iso);
  return Number.isNaN(at) ? undefined : at;
}
