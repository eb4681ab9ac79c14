import type { Shift } from '../../backdate.ts';
import { chance } from '../../random.ts';
import { agentLines, type LogLine } from './agent-lines.ts';

/** The log of one life of a container. */
export interface ContainerLog {
  append(text: string): void;
  /** No line comes any more. */
  end(): void;
  ended(): boolean;
  /** Moves the times of what was said. */
  backdate(shift: Shift): void;
  /** Starts to read: each call gives the lines that came since the one before, the first all there are. */
  reader(): () => readonly LogLine[];
}

/** How a log is asked for: the kubelet's parameters. */
export interface LogQuery {
  readonly follow: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  /** Milliseconds since 1970. */
  readonly since: number | undefined;
  readonly limitBytes: number | undefined;
}

/**
 * @param speaker name of the machine whose agent goes on talking; undefined for a container that says only what is appended
 * @param start when the container started, milliseconds since 1970
 */
export function createContainerLog(speaker: string | undefined, start: number): ContainerLog {
  let begun = start;
  let appended: LogLine[] = [];
  let endedAt: number | undefined;
  return {
    append: (text) => void appended.push({ at: Date.now(), text }),
    end: () => {
      endedAt ??= Date.now();
    },
    ended: () => endedAt !== undefined,
    backdate(shift) {
      const move = (at: number) => Date.parse(shift(new Date(at).toISOString()));
      begun = move(begun);
      endedAt = endedAt === undefined ? undefined : move(endedAt);
      appended = appended.map(({ at, text }) => ({ at: move(at), text }));
    },
    reader() {
      let read = 0;
      let until = Number.NEGATIVE_INFINITY;
      return () => {
        const after = until;
        until = endedAt ?? Date.now();
        const own = appended.slice(read);
        read = appended.length;
        if (speaker === undefined) return own;
        return [...own, ...agentLines(speaker, begun, after, until)].sort((a, b) => a.at - b.at);
      };
    },
  };
}

const LOOK_MS = 150;

/**
 * Writes a log as it is asked for.
 * @param write takes one line, its line end included
 * @param done called when nothing more will come
 * @returns the way to stop following
 */
export function readLog(
  log: ContainerLog,
  query: LogQuery,
  write: (text: Uint8Array) => void,
  done: () => void,
): () => void {
  const next = log.reader();
  let room = query.limitBytes ?? Number.POSITIVE_INFINITY;
  function send(lines: readonly LogLine[]): void {
    for (const { at, text } of lines) {
      if (room <= 0 || (query.since !== undefined && at < query.since)) continue;
      const bytes = Buffer.from(`${query.timestamps ? `${time(at)} ` : ''}${text}\n`);
      write(bytes.subarray(0, room));
      room -= bytes.length;
    }
  }

  const lines = next();
  send(query.tailLines === undefined ? lines : lines.slice(Math.max(0, lines.length - query.tailLines)));
  if (!query.follow) {
    done();
    return () => undefined;
  }
  const timer = setInterval(() => {
    const over = log.ended();
    send(next());
    if (!over && room > 0) return;
    clearInterval(timer);
    done();
  }, LOOK_MS);
  return () => clearInterval(timer);
}

/** RFC 3339 with nine digits, as container runtimes write it. */
function time(at: number): string {
  const digits = Math.floor(chance('time', at) * 1e6);
  return `${new Date(at).toISOString().slice(0, 23)}${String(digits).padStart(6, '0')}Z`;
}

/** Follows a log from its last lines on, as `tail -F` does. @returns the way to stop */
export function tailLog(
  log: ContainerLog,
  lines: number,
  write: (text: Uint8Array) => void,
  done: () => void,
): () => void {
  const query = { follow: true, timestamps: false, tailLines: lines, since: undefined, limitBytes: undefined };
  return readLog(log, query, write, done);
}
