import { chance, choose } from '../../random.ts';

/** One line a container wrote. */
export interface LogLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
}

const EVERY_MS = 3_000;
/** How far back the log of a container reaches: the runtime rotates it. */
const KEPT = 1_000;

/**
 * What the agent of a machine says in a span of time. Nothing is kept or counted: the line of each moment is the same
 * whenever it is asked for, so thousands of machines cost nothing until somebody reads the log of one.
 * @param seed name of the machine
 * @param start when it began to talk, milliseconds since 1970
 * @param after @param until milliseconds since 1970: after the one, up to and including the other
 */
export function* agentLines(seed: string, start: number, after: number, until: number): Generator<LogLine> {
  const newest = Math.floor((until - start) / EVERY_MS);
  const oldest = Math.max(0, newest - KEPT, Math.floor((after - start) / EVERY_MS) - 1);
  for (let turn = oldest; turn <= newest; turn++) {
    const at = Math.floor(start + (turn + 0.1 + 0.8 * chance(seed, turn)) * EVERY_MS);
    if (at > after && at <= until) yield { at, text: stamped(at, messageOf(seed, turn)) };
  }
}

function messageOf(seed: string, turn: number): string {
  const load = (chance(seed, turn, 'load') * 0.6).toFixed(2);
  const memory = 20 + Math.floor(chance(seed, 'memory') * 50);
  if (turn % 10 === 9) {
    const vitals = `{"cpu":{"sys":"0.3","user":"${load}","wait":"0.0"},"mem":{"percent":"${memory}"}}`;
    return `[NATS Handler] INFO - Sending hm message 'heartbeat' {"job_state":"running","vitals":${vitals}}`;
  }
  return choose(
    [
      '[monitJobSupervisor] DEBUG - Getting monit status',
      '[httpClient] DEBUG - status function called',
      "[Cmd Runner] DEBUG - Running command 'ip r'",
      "[Cmd Runner] DEBUG - Successful: true (0), Stdout: 'default via 169.254.1.1 dev eth0', Stderr: ''",
      '[Action Dispatcher] INFO - Received request with action get_state',
      '[File System] DEBUG - Reading file /var/vcap/bosh/spec.json',
      '[File System] DEBUG - Read content of 1824 bytes',
      `[syncDNS] DEBUG - DNS records at version ${400 + Math.floor(turn / 40)}`,
      `[linuxPlatform] DEBUG - Memory ${memory}% used`,
      '[sync dns] INFO - blobstore: nothing new',
    ],
    seed,
    turn,
    'text',
  );
}

/** bosh-agent has the tag before the time. */
function stamped(at: number, message: string): string {
  const time = new Date(at).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');
  return message.replace('] ', `] ${time} `);
}
