import type { Answer } from './answer.ts';

/**
 * The asked part of an output.
 * @param header `bytes=N-`, `bytes=A-B` or `bytes=-N`; all of it without one, and for several parts
 * @param whole the answer with all of it
 * @returns 206 with the part; 416 where there is nothing (yet) from there on
 */
export function ranged(text: string, header: string | readonly string[] | undefined, whole: Answer): Answer {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(typeof header === 'string' ? header : '') ?? [];
  if (first === '' && last === '') return whole;
  const bytes = Buffer.from(text);
  const size = bytes.length;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  const headers = (range: string) => ({ ...whole.headers, 'Content-Range': `bytes ${range}/${size}` });
  if (from > to) return { ...whole, status: 416, body: 'Byte range unsatisfiable', headers: headers('*') };
  return { ...whole, status: 206, body: bytes.subarray(from, to + 1), headers: headers(`${from}-${to}`) };
}
