/** One line of a watch. `object` is a Status for ERROR, and carries only metadata for BOOKMARK. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** Splits a stream of bytes into lines, wherever the chunks are cut, also inside a UTF-8 character. */
export async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let held: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    // 0x0a never occurs inside a multibyte UTF-8 character, so bytes can be cut before they are decoded.
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...held, chunk.subarray(from, at)]).toString('utf8');
      held = [];
      from = at + 1;
      if (line.trim() !== '') yield line;
    }
    if (from < chunk.length) held.push(chunk.subarray(from));
  }
  // What is left has no newline: the stream was cut inside an event, which says nothing certain.
}

/** Reads the events of a watch's body. */
export async function* watchEvents<T>(body: AsyncIterable<Uint8Array>): AsyncGenerator<WatchEvent<T>> {
  for await (const line of lines(body)) yield JSON.parse(line) as WatchEvent<T>;
}
