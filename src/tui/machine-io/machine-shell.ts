import type { Cluster } from '../../kubernetes/cluster.ts';
import { type ContainerPlace, execTerminal, type TerminalSession } from '../../kubernetes/exec-terminal.ts';

/** The operator's side of a shell. */
export interface OwnTerminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** What kind it is; the machine must draw for that. */
  readonly kind: string | undefined;
}

/** Given up before the machine answered. */
const ctrlC = '\x03';

/**
 * What a program that was cut off may have left on: other screen (1049 would also move the cursor), mouse, pastes in marks, application keys, colours, a
 * hidden cursor.
 * Source: xterm's ctlseqs
 */
const sane = '\x1b[?1047l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b>\x1b[?25h\x1b[0m';

/**
 * Runs a login shell in a container on the operator's terminal, which must be free: every key goes there, ctrl-c and ctrl-z too.
 * @returns its exit status
 * @throws what keeps it from starting, or cut it off
 */
export async function runShell(cluster: Cluster, place: ContainerPlace, own: OwnTerminal): Promise<number> {
  const { stdin, stdout } = own;
  let session: TerminalSession | undefined;
  const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
  const type = (input: string | Buffer) => {
    if (session !== undefined) session.write(input);
    else if (input.includes(ctrlC)) giveUp(new Error(`the shell in ${place.pod} was given up before it opened`));
  };
  const resize = () => session?.resize(sizeOf(stdout));
  const opening = execTerminal(cluster, place, ['/bin/sh', '-c', loginShell, own.kind ?? 'xterm'], {
    size: sizeOf(stdout),
    output: stdout,
  });
  // a session that opens after it was given up is nobody's
  givenUp.catch(() => opening.then((late) => late.abandon())).catch(() => {});
  stdin.setRawMode(true);
  stdin.ref();
  stdin.on('data', type);
  stdout.on('resize', resize);
  try {
    session = await Promise.race([opening, givenUp]);
    // it may have changed while the connection was made
    resize();
    return await session.ended;
  } finally {
    stdout.off('resize', resize);
    stdin.off('data', type);
    stdin.setRawMode(false);
    // what is drawn next begins where the cursor is: a prompt that was cut off leaves it within a line
    stdout.write(`${sane}\r\n`);
  }
}

function sizeOf({ columns, rows }: NodeJS.WriteStream) {
  return { columns: columns ?? 80, rows: rows ?? 24 };
}

/**
 * Bash where there is one: as root's login shell it has the paths of BOSH's jobs. The runtime sets TERM to `xterm`; the operator's own kind is better, where
 * the machine knows it.
 */
const loginShell = [
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's, its first character
  'for folder in /etc /lib /usr/share; do [ -e "$folder/terminfo/${0%"${0#?}"}/$0" ] && export TERM="$0"; done',
  'command -v bash >/dev/null && exec bash -l',
  'exec sh -l',
].join('\n');
