import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import type { ClusterState } from './cluster-state.ts';
import { type Fault, faultStatus } from './faults.ts';
import { findContainer, type Upstream } from './node-proxy.ts';
import type { ApiRequest } from './request.ts';
import { ApiStatus, internal, methodNotAllowed } from './status.ts';

/** What admission made of an upgrade. */
export interface Admitted {
  /** Undefined for a path that is no resource. */
  readonly request: ApiRequest | undefined;
  readonly fault: Fault | undefined;
}

/**
 * Answers requests to switch protocols, which only `pods/exec` has: the connection goes on to the node's kubelet as it
 * is, as a real API server does for WebSocket clients that speak v4.
 * @param admit says who asks for what; throws ApiStatus
 */
export async function serveUpgrade(
  cluster: ClusterState,
  message: IncomingMessage,
  socket: Socket,
  head: Buffer,
  admit: () => Admitted,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  try {
    const { request, fault } = admit();
    if (request === undefined) throw new ApiStatus(404, undefined, '404 page not found');
    if (fault?.kind === 'reset') socket.resetAndDestroy();
    if (fault?.kind === 'reset' || fault?.kind === 'stall') return;
    if (fault?.kind === 'status') throw faultStatus(fault);
    if (request.resource.plural !== 'pods' || request.subresource !== 'exec') throw methodNotAllowed();
    forward(findContainer(cluster, request), message, socket, head);
  } catch (error) {
    refuse(socket, error instanceof ApiStatus ? error : internal(String(error)));
  }
}

function forward({ host, port, path }: Upstream, message: IncomingMessage, socket: Socket, head: Buffer): void {
  const kubelet = connect({ host, port, rejectUnauthorized: false }, () => {
    const headers = Object.entries({ ...message.headers, host: `${host}:${port}` })
      .filter(([name]) => name !== 'authorization')
      .map(([name, value]) => `${name}: ${value}\r\n`);
    kubelet.write(`GET ${path} HTTP/1.1\r\n${headers.join('')}\r\n`);
    kubelet.write(head);
    socket.pipe(kubelet).pipe(socket);
  });
  kubelet.on('error', () => socket.destroy());
  kubelet.on('close', () => socket.destroy());
  socket.on('close', () => kubelet.destroy());
}

function refuse(socket: Socket, status: ApiStatus): void {
  const body = JSON.stringify(status.body());
  const retry = status.details?.retryAfterSeconds;
  const headers = [
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...(retry === undefined ? [] : [`retry-after: ${retry}`]),
  ];
  socket.end(`HTTP/1.1 ${status.code} Refused\r\n${headers.join('\r\n')}\r\n\r\n${body}`);
}
