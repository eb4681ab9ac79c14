import type { Writable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Cluster } from './cluster.ts';
import { type Operation, UnreachableError } from './errors.ts';
import { asBuffer, channel, openSocket } from './exec-socket.ts';
import { exitCodeOf } from './exec-status.ts';
import { operationOf } from './operation.ts';
import { unreachable } from './unreachable.ts';

/** A container of a pod. */
export interface ContainerPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface ExecTerminalOptions {
  readonly size: TerminalSize;
  /** Where the terminal's output goes, as bytes. While it is full, the command is held back. */
  readonly output: Writable;
  /** How often the server is asked for a sign of life, in milliseconds; 5 s when omitted. Six silent rounds end the session. */
  readonly heartbeatMs?: number;
}

/** A command with a terminal of its own in a container. */
export interface TerminalSession {
  /**
   * The exit code. Fails with ApiError when the command could not be started, with UnreachableError when the connection
   * broke, went silent or was abandoned.
   */
  readonly ended: Promise<number>;
  /** What is typed; ctrl-c is a byte as any other, the terminal over there makes a signal of it. */
  write(input: Uint8Array | string): void;
  resize(size: TerminalSize): void;
  /** Hangs up. */
  abandon(): void;
}

/** v5 adds closing one channel, which a terminal does not need; API servers before 1.30 know v4 only. */
const subprotocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

const silentRounds = 6;

/** How long the handshake may take with its retries, in milliseconds. */
const openMs = 20_000;

/**
 * Runs a command with a terminal in a container. Opening is retried as every call; throws ApiError when it is refused.
 * Source: https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
 */
export async function execTerminal(
  cluster: Cluster,
  { namespace, pod, container }: ContainerPlace,
  command: readonly string[],
  options: ExecTerminalOptions,
): Promise<TerminalSession> {
  // a terminal has one output: the API refuses stderr beside it
  const query = new URLSearchParams({ container, stdin: 'true', stdout: 'true', tty: 'true' });
  for (const word of command) query.append('command', word);
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/exec?${query}`;
  const operation = operationOf('GET', path);
  const session = await cluster.upgrade(path, openMs, (upgrade) =>
    openSocket(upgrade, subprotocols, operation, cluster.server, (socket) =>
      converse(socket, operation, cluster.server, options),
    ),
  );
  session.resize(options.size);
  return session;
}

/** Opens the session: from the first frame on, what the command prints goes to the output. */
function converse(
  socket: WebSocket,
  operation: Operation,
  server: string,
  options: ExecTerminalOptions,
): TerminalSession {
  const { promise: ended, resolve, reject } = Promise.withResolvers<number>();
  // Whoever opens the socket learns why it could not be opened; nobody waits for this promise then.
  ended.catch(() => {});
  const { output } = options;
  const heartbeat = setInterval(beat, options.heartbeatMs ?? 5_000);
  let status: Buffer | undefined;
  let silence = 0;

  /** A connection that died without a word (a VPN, a sleeping laptop) would hold the operator's terminal for good. */
  function beat(): void {
    if (socket.readyState !== socket.OPEN || socket.isPaused) return;
    silence += 1;
    if (silence <= silentRounds) socket.ping();
    else hangUp('TIMEOUT', `${server} went silent; the session is over`);
  }

  function hangUp(code: string, reason: string): void {
    reject(new UnreachableError(code, server, reason));
    socket.terminate();
  }

  function goOn(): void {
    socket.resume();
  }

  function send(to: number, content: Uint8Array): void {
    if (socket.readyState === socket.OPEN) socket.send(Buffer.concat([Buffer.of(to), content]));
  }

  socket.on('pong', () => {
    silence = 0;
  });
  socket.on('message', (data: RawData) => {
    silence = 0;
    const message = asBuffer(data);
    const content = message.subarray(1);
    if (message[0] === channel.status) status = content;
    if (message[0] !== channel.stdout || content.length === 0) return;
    if (!output.write(content) && !socket.isPaused) {
      socket.pause();
      output.once('drain', goOn);
    }
  });
  socket.on('error', (error) => reject(unreachable(error, server)));
  socket.on('close', () => {
    clearInterval(heartbeat);
    output.off('drain', goOn);
    if (status === undefined) {
      hangUp('ECONNRESET', `the connection to ${operation.name} closed before the command ended`);
      return;
    }
    try {
      resolve(exitCodeOf(status, operation));
    } catch (error) {
      reject(error);
    }
  });

  return {
    ended,
    write: (input) => send(channel.stdin, Buffer.from(input)),
    resize: ({ columns, rows }) => send(channel.resize, Buffer.from(JSON.stringify({ Width: columns, Height: rows }))),
    abandon: () => hangUp('ABORTED', `the session in ${operation.name} was abandoned`),
  };
}
