/** What became of one test. */
export interface Outcome {
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly title: string;
  /** Of a failure: everything TAP says about it, as printed. */
  readonly details: string;
}

// ava does not escape titles: only what stands at the very end is a directive.
const point = /^(not )?ok \d+(?: - (.*?))?(?: # (SKIP|TODO))?$/;

/**
 * Reads TAP as it comes, line by line.
 * @param onOutcome called once a test's lines are complete
 * @returns takes a line; takes undefined at the end of the stream
 */
export function tapReader(onOutcome: (outcome: Outcome) => void): (line: string | undefined) => void {
  let current: { title: string; failed: boolean; skipped: boolean; lines: string[] } | undefined;
  function flush(): void {
    if (current === undefined) return;
    const { title, failed, skipped, lines } = current;
    const result = skipped ? 'skipped' : failed ? 'failed' : 'passed';
    onOutcome({ result, title, details: lines.join('\n') });
    current = undefined;
  }
  return (line) => {
    const match = line === undefined ? null : point.exec(line);
    if (match !== null || line === undefined) flush();
    if (match !== null) {
      const [text, not, title = '', directive] = match;
      current = { title, failed: not !== undefined, skipped: directive !== undefined, lines: [text] };
    } else if (line !== undefined && /^\s/.test(line)) {
      current?.lines.push(line);
    } else {
      flush();
    }
  };
}
