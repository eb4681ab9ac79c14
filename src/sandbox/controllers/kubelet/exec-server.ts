import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { selfSigned } from '../../certificate.ts';
import { type ContainerLog, readLog } from './container-log.ts';
import { PROTOCOLS, serveExec } from './exec-session.ts';
import type { Machine } from './machine.ts';

/** Answers for the containers of a node. */
export interface ContainerAccess {
  /** The machine of a running container and the way to run a command in it; undefined: none runs here. */
  exec(
    namespace: string,
    pod: string,
    container: string,
  ): { readonly machine: Machine; readonly run: Machine['run'] } | undefined;
  /** A container's log, or why there is none in the kubelet's words. */
  log(namespace: string, pod: string, container: string, previous: boolean): ContainerLog | string;
}

export interface ExecServer {
  readonly port: number;
  stop(): void;
}

/** The kubelet's HTTPS port on loopback: WebSocket exec and container logs. */
export async function startExecServer(node: string, access: ContainerAccess): Promise<ExecServer> {
  const server = createServer(selfSigned(node), (message, response) => {
    const { action, namespace, pod, container, query } = parse(message.url);
    const log =
      action === 'containerLogs'
        ? access.log(namespace, pod, container, query.has('previous'))
        : `there is nothing at ${message.url}`;
    if (typeof log === 'string') response.writeHead(400, { 'content-type': 'text/plain' }).end(log);
    else sendLog(log, query, response);
  });
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
  });
  const open = new Set<Socket>();
  server.on('secureConnection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  server.on('upgrade', (message, socket, head) => {
    const { action, namespace, pod, container, query } = parse(message.url);
    const found = action === 'exec' ? access.exec(namespace, pod, container) : undefined;
    if (found === undefined) {
      const text = `container not found ("${container}")`;
      socket.end(`HTTP/1.1 404 Not Found\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`);
      return;
    }
    const request = { command: query.getAll('command'), tty: query.has('tty'), stdin: query.has('input') };
    sockets.handleUpgrade(message, socket, head, (client) => serveExec(client, found.machine, request, found.run));
  });
  await listen(server);
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

function sendLog(log: ContainerLog, query: URLSearchParams, response: ServerResponse): void {
  const number = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined);
  const seconds = number('sinceSeconds');
  const time = query.get('sinceTime');
  const wanted = {
    follow: query.has('follow'),
    timestamps: query.has('timestamps'),
    tailLines: number('tailLines'),
    since: time !== null ? Date.parse(time) : seconds === undefined ? undefined : Date.now() - seconds * 1000,
    limitBytes: number('limitBytes'),
  };
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  const stop = readLog(
    log,
    wanted,
    (line) => response.write(line),
    () => response.end(),
  );
  response.on('close', stop);
}

function parse(url: string | undefined) {
  const { pathname, searchParams: query } = new URL(url ?? '/', 'https://node');
  const [, action = '', namespace = '', pod = '', container = ''] = pathname.split('/').map(decodeURIComponent);
  return { action, namespace, pod, container, query };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
}
