import type { IncomingMessage } from 'node:http';
import { type ClientOptions, type RawData, WebSocket } from 'ws';
import { type Operation, UnreachableError } from './errors.ts';
import { readText } from './read-text.ts';
import { parseRetryAfter } from './retry.ts';
import { statusError } from './status.ts';
import type { Upgrade } from './transport.ts';

/** First byte of every frame of an exec. Source: k8s.io/kubelet pkg/cri/streaming/remotecommand, v5.channel.k8s.io. */
export const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4 } as const;

/**
 * Opens the WebSocket of an exec.
 * @param listen given the socket before anything can arrive on it
 * @throws ApiError when the server refuses, UnreachableError when it does not answer, what the socket throws otherwise
 */
export function openSocket<T>(
  upgrade: Upgrade,
  protocols: string[],
  operation: Operation,
  server: string,
  listen: (socket: WebSocket) => T,
): Promise<T> {
  const socket = new WebSocket(upgrade.url, protocols, {
    agent: upgrade.agent,
    headers: upgrade.headers,
    handshakeTimeout: upgrade.timeoutMs,
    perMessageDeflate: false,
  } as ClientOptions);
  const session = listen(socket);
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
      const cancel = (reason: Error) => response.destroy(reason);
      readText({ body: response, cancel }, server, bounds)
        .then((text) => reject(statusError(operation, response.statusCode ?? 0, text, wait)), reject)
        .finally(() => socket.terminate());
    });
  });
}

/** A message as one buffer: the channel's byte, then its content. */
export function asBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
