export type Compare<T> = (a: T, b: T) => number;

/** Texts as people order them: runs of digits by their value, so that `api/2` comes before `api/10` and 10.0.0.9 before 10.0.0.10. */
export function natural(a: string, b: string): number {
  let at = 0;
  const both = Math.min(a.length, b.length);
  while (at < both && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === a.length || at === b.length) {
    if (at === 0 || !isDigit(a, at - 1)) return a.length - b.length;
  }
  let start = at;
  while (start > 0 && isDigit(a, start - 1)) start--;
  const endA = digitsEnd(a, start);
  const endB = digitsEnd(b, start);
  if (endA > start && endB > start && (endA > at || endB > at)) {
    const difference = Number(a.slice(start, endA)) - Number(b.slice(start, endB));
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function digitsEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && isDigit(text, end)) end++;
  return end;
}

/** Orders by a text; what has none comes last. */
export function byText<R>(of: (row: R) => string | undefined): Compare<R> {
  return (one, other) => {
    const a = of(one);
    const b = of(other);
    if (a === b) return 0;
    if (a === undefined || b === undefined) return a === undefined ? 1 : -1;
    return natural(a, b);
  };
}

/** Orders by a number; what has none comes first. */
export function byNumber<R>(of: (row: R) => number | undefined): Compare<R> {
  return (one, other) => (of(one) ?? -1) - (of(other) ?? -1);
}
