/** Longest line that is taken, in bytes: one instance with its processes has some thousand. */
const longest = 4 * 1024 * 1024;

/** Cuts bytes into lines, however they arrive; holds no more than one line. */
export interface LineReader {
  /** @returns the lines these bytes complete, without empty ones */
  push(chunk: Uint8Array): readonly string[];
  /** What was left without a line end. */
  end(): readonly string[];
}

export function createLineReader(): LineReader {
  let held: Uint8Array[] = [];
  let heldBytes = 0;

  function take(last: Uint8Array): string {
    const line = Buffer.concat([...held, last]).toString('utf8');
    held = [];
    heldBytes = 0;
    return line;
  }

  return {
    push(chunk) {
      const lines: string[] = [];
      let from = 0;
      // 0x0a never occurs inside a multibyte UTF-8 character, so bytes can be cut before they are decoded
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
        lines.push(take(chunk.subarray(from, at)));
        from = at + 1;
      }
      if (from < chunk.length) {
        held.push(chunk.slice(from));
        heldBytes += chunk.length - from;
      }
      if (heldBytes > longest) throw new Error(`the output of a task has a line of more than ${longest} bytes`);
      return lines.filter((line) => line.trim() !== '');
    },
    end() {
      return [take(new Uint8Array())].filter((line) => line.trim() !== '');
    },
  };
}
