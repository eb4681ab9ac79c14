import type { LogLine } from './log-lines.ts';

/**
 * Where a followed log has got to, so that it can be asked for again without loss or repetition.
 *
 * The server only takes whole seconds (`sinceTime`, sent on to the kubelet without its fraction) and gives every line from then on, in the order of the file.
 * So the lines of the last second are counted, and as many are left out of the next answer.
 */
export interface LogPosition {
  /** Value of `sinceTime`; undefined before the first line that has a time. */
  readonly since: string | undefined;
  /** The lines that were not given yet. */
  take(lines: readonly LogLine[]): readonly LogLine[];
  /** The log is asked for again from `since` on. */
  restart(): void;
}

/** The beginning of a log. */
export function logPosition(): LogPosition {
  /** The last second that had a line, in milliseconds, and how many lines at or after it were given. */
  let second: number | undefined;
  let given = 0;
  /** The newest line given. */
  let newest = '';
  /** Lines of the answer under way that were given before. */
  let known = 0;

  function isKnown({ time }: LogLine): boolean {
    if (known === 0 || time === '') return false;
    // a rotated file has fewer old lines than were counted, but what is newer than all of them is new
    known = sortable(time) > newest ? 0 : known - 1;
    return sortable(time) <= newest;
  }

  function note({ time }: LogLine): void {
    if (time === '') return;
    const at = Math.floor(Date.parse(time) / 1000) * 1000;
    if (second === undefined || at > second) {
      second = at;
      given = 0;
    }
    if (at === second) given += 1;
    if (sortable(time) > newest) newest = sortable(time);
  }

  return {
    get since() {
      return second === undefined ? undefined : new Date(second).toISOString().replace('.000Z', 'Z');
    },
    take(lines) {
      const fresh = lines.filter((line) => !isKnown(line));
      for (const line of fresh) note(line);
      return fresh;
    },
    restart() {
      known = given;
    },
  };
}

/** Times in any zone, and with zeros left out at their end, as texts that sort as they do: nanoseconds are beyond a number's precision. */
function sortable(time: string): string {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '';
  return `${Math.floor(Date.parse(time) / 1000)}.${fraction.slice(0, 9).padEnd(9, '0')}`;
}
