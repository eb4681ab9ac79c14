import type { IncomingMessage } from 'node:http';
import { type ClientOptions, type RawData, WebSocket } from 'ws';
import type { Cluster } from './cluster.ts';
import { ApiError, UnreachableError } from './errors.ts';
import { operationOf } from './operation.ts';
import { readText } from './read-text.ts';
import { parseRetryAfter } from './retry.ts';
import { statusError } from './status.ts';
import type { Upgrade } from './transport.ts';
import { unreachable } from './unreachable.ts';

export interface ExecResult {
  readonly stdout: Buffer;
  readonly stderr: string;
  /** Exit code of the command; 128 + signal number when the runtime reports it so. */
  readonly exitCode: number;
}

/** Bound until the WebSocket is open, in milliseconds. */
const handshakeMs = 10_000;

const subprotocol = 'v4.channel.k8s.io';

/**
 * Runs a command in a container of a pod of the cluster's namespace, without stdin or terminal. Not retried: a command
 * may have run. A command that fails gives its exit code; throws ApiError when the exec is refused or could not be
 * started, UnreachableError when the connection breaks or the command does not end in time.
 * @param options.timeoutMs bound of the whole command in milliseconds, 30 s when omitted
 * Source: https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
 */
export async function exec(
  cluster: Cluster,
  pod: string,
  container: string,
  command: readonly string[],
  options: { readonly timeoutMs?: number } = {},
): Promise<ExecResult> {
  const query = new URLSearchParams({ container, stdout: 'true', stderr: 'true' });
  for (const word of command) query.append('command', word);
  const names = [cluster.namespace, pod].map(encodeURIComponent);
  const path = `/api/v1/namespaces/${names[0]}/pods/${names[1]}/exec?${query}`;
  const run = async (renew: boolean) =>
    await runOver(await cluster.upgrade(path, renew), cluster.server, path, options.timeoutMs ?? 30_000);
  try {
    return await run(false);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error;
    return await run(true);
  }
}

function runOver(upgrade: Upgrade, server: string, path: string, timeoutMs: number): Promise<ExecResult> {
  const operation = operationOf('GET', path);
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(upgrade.url, [subprotocol], {
      agent: upgrade.agent,
      headers: upgrade.headers,
      handshakeTimeout: Math.min(handshakeMs, timeoutMs),
      perMessageDeflate: false,
    } as ClientOptions);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let status: ExecStatus | undefined;
    const timer = setTimeout(() => {
      const message = `a command in ${operation.name} did not end within ${timeoutMs} ms`;
      fail(new UnreachableError('TIMEOUT', server, message));
    }, timeoutMs);
    function fail(error: Error): void {
      clearTimeout(timer);
      reject(error);
      socket.terminate();
    }
    socket.on('message', (data: RawData) => {
      const message = asBuffer(data);
      const content = message.subarray(1);
      // Channels of the subprotocol: 1 stdout, 2 stderr, 3 the Status that ends the command.
      if (message[0] === 1) out.push(content);
      if (message[0] === 2) err.push(content);
      if (message[0] === 3) status = parseStatus(content);
    });
    socket.on('unexpected-response', (_request, response: IncomingMessage) => {
      const wait = parseRetryAfter(response.headers['retry-after']);
      readText(response, server, { idleMs: handshakeMs, totalMs: handshakeMs }).then(
        (text) => fail(statusError(operation, response.statusCode ?? 0, text, wait)),
        (error: unknown) => fail(unreachable(error, server)),
      );
    });
    socket.on('error', (error: Error) => {
      const timedOut = /handshake has timed out/.test(error.message);
      const message = `${server} did not open the connection to ${operation.name} within ${handshakeMs} ms`;
      fail(timedOut ? new UnreachableError('TIMEOUT', server, message) : unreachable(error, server));
    });
    socket.on('close', () => {
      clearTimeout(timer);
      const exitCode = status === undefined ? undefined : exitCodeOf(status);
      if (status === undefined) {
        reject(
          new UnreachableError(
            'ECONNRESET',
            server,
            `the connection to ${operation.name} closed before the command ended`,
          ),
        );
      } else if (exitCode === undefined) {
        const message = status.message ?? 'the command could not be run';
        const { reason = 'InternalError', code = 500 } = status;
        reject(new ApiError({ ...operation, status: code, reason, message }));
      } else {
        resolve({ stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString('utf8'), exitCode });
      }
    });
  });
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
  const code = Number(status.details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message);
  return Number.isInteger(code) ? code : undefined;
}

function asBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
