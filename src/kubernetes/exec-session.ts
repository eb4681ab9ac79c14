import type { RawData, WebSocket } from 'ws';
import { type Operation, UnreachableError } from './errors.ts';
import { asBuffer, channel, openSocket } from './exec-socket.ts';
import { exitCodeOf } from './exec-status.ts';
import type { Upgrade } from './transport.ts';
import { unreachable } from './unreachable.ts';

export interface ExecResult {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A version that the API server passes on to the kubelet as it is; v5 only adds closing stdin. */
const subprotocol = 'v4.channel.k8s.io';

/** A command under way. */
export interface Session {
  readonly result: Promise<ExecResult>;
  /** Ends the connection; `result` then fails with the given reason. */
  abandon(reason: string): void;
}

/** Opens the WebSocket; what the command prints is collected from the first frame on. */
export function openSession(upgrade: Upgrade, operation: Operation, server: string): Promise<Session> {
  return openSocket(upgrade, [subprotocol], operation, server, (socket) => collect(socket, operation, server));
}

function collect(socket: WebSocket, operation: Operation, server: string): Session {
  const { promise, resolve, reject } = Promise.withResolvers<ExecResult>();
  // Whoever opens the socket learns why it could not be opened; nobody waits for this promise then.
  promise.catch(() => {});
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  let status: Buffer | undefined;
  socket.on('message', (data: RawData) => {
    const message = asBuffer(data);
    const content = message.subarray(1);
    if (message[0] === channel.stdout) out.push(content);
    if (message[0] === channel.stderr) err.push(content);
    if (message[0] === channel.status) status = content;
  });
  socket.on('error', (error) => reject(unreachable(error, server)));
  socket.on('close', () => {
    if (status === undefined) {
      const message = `the connection to ${operation.name} closed before the command ended`;
      return reject(new UnreachableError('ECONNRESET', server, message));
    }
    try {
      const exitCode = exitCodeOf(status, operation);
      resolve({ stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString('utf8'), exitCode });
    } catch (error) {
      reject(error);
    }
  });
  function abandon(reason: string): void {
    reject(new UnreachableError('TIMEOUT', server, reason));
    socket.terminate();
  }
  return { result: promise, abandon };
}
