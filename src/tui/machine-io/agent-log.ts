import { PassThrough } from 'node:stream';
import type { Cluster } from '../../kubernetes/cluster.ts';
import { type ContainerPlace, execTerminal } from '../../kubernetes/exec-terminal.ts';
import { type LogLine, logLines } from '../../kubernetes/log-lines.ts';

/**
 * The agent writes a file under runit, the journal under systemd; nothing of it is in the container's own log. `-F` goes on after the file was rotated.
 * The terminal the command is given does no echo, and no line is as long as it is wide.
 */
const command = [
  '/bin/sh',
  '-c',
  'stty -echo 2>/dev/null; f=/var/vcap/bosh/log/current; [ -e $f ] && exec tail -n 1000 -F $f; exec journalctl -n 1000 -f -o cat -t bosh-agent',
];

const wide = { columns: 10_000, rows: 50 };

/**
 * Follows the log of the agent in a machine; reading slowly holds it back. It ends when the machine does.
 * @throws what keeps it from being read, or cut it off
 */
export async function* followAgentLog(
  cluster: Cluster,
  place: ContainerPlace,
  signal: AbortSignal,
): AsyncGenerator<readonly LogLine[]> {
  const output = new PassThrough();
  // a terminal's end is what ends the command over there: nothing is left behind in the machine
  const session = await execTerminal(cluster, place, command, { size: wide, output });
  const hangUp = () => session.abandon();
  signal.addEventListener('abort', hangUp, { once: true });
  if (signal.aborted) hangUp();
  session.ended.then(
    (status) =>
      status === 0 ? output.end() : output.destroy(new Error(`it cannot be read: tail ended with ${status}`)),
    (error: Error) => output.destroy(error),
  );
  try {
    // it is being read now, also when nothing is in it yet
    yield [];
    yield* logLines(output);
  } finally {
    signal.removeEventListener('abort', hangUp);
    hangUp();
  }
}
