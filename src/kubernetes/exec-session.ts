import type { IncomingMessage } from 'node:http';
import { type ClientOptions, type RawData, WebSocket } from 'ws';
import { ApiError, type Operation, UnreachableError } from './errors.ts';
import { readText } from './read-text.ts';
import { parseRetryAfter } from './retry.ts';
import { statusError } from './status.ts';
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
  const socket = new WebSocket(upgrade.url, [subprotocol], {
    agent: upgrade.agent,
    headers: upgrade.headers,
    handshakeTimeout: upgrade.timeoutMs,
    perMessageDeflate: false,
  } as ClientOptions);
  const session = collect(socket, operation, server);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(session));
    socket.on('error', (error) => {
      const timedOut = error.message === 'Opening handshake has timed out';
      const message = `${server} did not answer within ${upgrade.timeoutMs} ms`;
      reject(timedOut ? new UnreachableError('TIMEOUT', server, message) : error);
    });
    socket.on('unexpected-response', (_request, response: IncomingMessage) => {
      const wait = parseRetryAfter(response.headers['retry-after']);
      const bounds = { idleMs: upgrade.timeoutMs, totalMs: upgrade.timeoutMs };
      readText(response, server, bounds)
        .then((text) => reject(statusError(operation, response.statusCode ?? 0, text, wait)), reject)
        .finally(() => socket.terminate());
    });
  });
}

/** Collects frames, whose first byte is the channel: 1 stdout, 2 stderr, 3 the Status that ends the command. */
function collect(socket: WebSocket, operation: Operation, server: string): Session {
  const { promise, resolve, reject } = Promise.withResolvers<ExecResult>();
  // Whoever opens the socket learns why it could not be opened; nobody waits for this promise then.
  promise.catch(() => {});
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  let status: ExecStatus | undefined;
  socket.on('message', (data: RawData) => {
    const message = asBuffer(data);
    const content = message.subarray(1);
    if (message[0] === 1) out.push(content);
    if (message[0] === 2) err.push(content);
    if (message[0] === 3) status = parseStatus(content);
  });
  socket.on('error', (error) => reject(unreachable(error, server)));
  socket.on('close', () => {
    if (status === undefined) {
      const message = `the connection to ${operation.name} closed before the command ended`;
      return reject(new UnreachableError('ECONNRESET', server, message));
    }
    const exitCode = exitCodeOf(status);
    if (exitCode !== undefined) {
      return resolve({ stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString('utf8'), exitCode });
    }
    const { reason = 'InternalError', code = 500, message = 'the command could not be started' } = status;
    reject(new ApiError({ ...operation, status: code, reason, message }));
  });
  function abandon(reason: string): void {
    reject(new UnreachableError('TIMEOUT', server, reason));
    socket.terminate();
  }
  return { result: promise, abandon };
}

interface ExecStatus {
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

function parseStatus(content: Buffer): ExecStatus {
  try {
    return JSON.parse(content.toString('utf8')) as ExecStatus;
  } catch {
    return { status: 'Failure', message: content.toString('utf8') };
  }
}

/** The exit code is a cause of the Status (reason NonZeroExitCode); undefined when the command never ran. */
function exitCodeOf(status: ExecStatus): number | undefined {
  if (status.status === 'Success') return 0;
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  const code = Number(cause?.message);
  return Number.isInteger(code) ? code : undefined;
}

function asBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
