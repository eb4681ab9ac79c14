/** One line of a container's log. */
export interface LogLine {
  /** When the runtime read it, RFC 3339 with nanoseconds; empty where the server gave no time, as for an error of the kubelet's own. */
  readonly time: string;
  readonly text: string;
}

/** Longest line that is kept, in bytes: a container may write gigabytes without a line end. */
const longest = 16_384;

/**
 * Cuts a log that was asked for with timestamps into lines, a batch for every piece that arrives. A line that goes on for too long ends in `…`.
 * The last line counts without a line end too.
 */
export async function* logLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly LogLine[]> {
  let held: Buffer = Buffer.alloc(0);
  /** More of a line that is already given up on. */
  let tooLong = false;
  for await (const chunk of chunks) {
    const batch: LogLine[] = [];
    let from = 0;
    // 0x0a never occurs inside a multibyte UTF-8 character, so bytes can be cut before they are decoded
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      batch.push(lineOf(Buffer.concat([held, chunk.subarray(from, at)]), tooLong));
      held = Buffer.alloc(0);
      tooLong = false;
      from = at + 1;
    }
    if (from < chunk.length && !tooLong) held = Buffer.concat([held, chunk.subarray(from, from + longest + 1)]);
    tooLong ||= held.length > longest;
    if (batch.length > 0) yield batch;
  }
  if (held.length > 0) yield [lineOf(held, tooLong)];
}

function lineOf(bytes: Buffer, tooLong: boolean): LogLine {
  const cut = tooLong || bytes.length > longest;
  const line = bytes.subarray(0, longest).toString('utf8').replace(/\r$/, '') + (cut ? '…' : '');
  const [, time, text] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?(.*)$/s.exec(line) ?? [];
  return time === undefined || text === undefined ? { time: '', text: line } : { time, text };
}
