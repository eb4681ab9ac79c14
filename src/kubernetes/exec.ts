import { WebSocket } from 'ws';
import type { Cluster } from './cluster.ts';
import { credentialReader } from './credentials.ts';
import { UnreachableError } from './errors.ts';
import { operationOf } from './operation.ts';
import { statusError } from './status.ts';
import { tlsOptions } from './transport.ts';
import { unreachable } from './unreachable.ts';

export interface ExecResult {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly exitCode: number;
}

interface ExecStatus {
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/**
 * Runs a command in a container of a pod of the cluster's namespace, without stdin.
 * A command that fails gives its exit code; throws ApiError when the exec is refused, UnreachableError when the
 * connection breaks or the command does not end in time.
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
  const { target } = cluster;
  const timeoutMs = options.timeoutMs ?? 30_000;
  const query = new URLSearchParams({ container, stdout: 'true', stderr: 'true' });
  for (const word of command) query.append('command', word);
  const path = `/api/v1/namespaces/${cluster.namespace}/pods/${pod}/exec?${query}`;
  const credentials = await credentialReader(target.credentials).read(false);
  return await new Promise<ExecResult>((resolve, reject) => {
    const socket = new WebSocket(target.server.replace(/^http/, 'ws') + path, ['v4.channel.k8s.io'], {
      ...tlsOptions(target, credentials.cert, credentials.key),
      headers: credentials.authorization === undefined ? {} : { Authorization: credentials.authorization },
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let status: ExecStatus | undefined;
    const timer = setTimeout(() => {
      reject(
        new UnreachableError('TIMEOUT', target.server, `${command[0]} in ${pod} did not end within ${timeoutMs} ms`),
      );
      socket.terminate();
    }, timeoutMs);
    const end = () => clearTimeout(timer);
    socket.on('message', (data: Buffer) => {
      const content = data.subarray(1);
      if (data[0] === 1) out.push(content);
      if (data[0] === 2) err.push(content);
      if (data[0] === 3) status = JSON.parse(content.toString('utf8')) as ExecStatus;
    });
    socket.on('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        end();
        reject(statusError(operationOf('GET', path), response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8')));
      });
    });
    socket.on('error', (error) => {
      end();
      reject(unreachable(error, target.server));
    });
    socket.on('close', () => {
      end();
      if (status === undefined) {
        return reject(new UnreachableError('ECONNRESET', target.server, `the exec into ${pod} ended without a status`));
      }
      resolve({
        stdout: Buffer.concat(out),
        stderr: Buffer.concat(err).toString('utf8'),
        exitCode: exitCodeOf(status),
      });
    });
  });
}

function exitCodeOf(status: ExecStatus): number {
  if (status.status === 'Success') return 0;
  const cause = status.details?.causes?.find((one) => one.reason === 'ExitCode');
  const code = Number(cause?.message);
  return Number.isInteger(code) ? code : 126;
}
