import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { selfSigned } from '../../certificate.ts';
import type { CommandResult } from './machine.ts';

/** Answers for the containers of a node. Undefined: no such container runs here. */
export interface ContainerAccess {
  exec(
    namespace: string,
    pod: string,
    container: string,
    command: readonly string[],
  ): Promise<CommandResult> | undefined;
  log(namespace: string, pod: string, container: string): string | undefined;
}

export interface ExecServer {
  readonly port: number;
  stop(): void;
}

/** v5 adds a way to close stdin, which nobody here reads. */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const CHANNEL = { stdout: 1, stderr: 2, status: 3 } as const;

/** The kubelet's HTTPS port on loopback: WebSocket exec (v4) and container logs. */
export async function startExecServer(node: string, access: ContainerAccess): Promise<ExecServer> {
  const server = createServer(selfSigned(node), (message, response) => {
    const [, action, namespace = '', pod = '', container = ''] = parse(message.url);
    const text = action === 'containerLogs' ? access.log(namespace, pod, container) : undefined;
    response.writeHead(text === undefined ? 404 : 200, { 'content-type': 'text/plain' });
    response.end(text ?? `container "${container}" in pod "${pod}" is not available`);
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
    const [, action, namespace = '', pod = '', container = ''] = parse(message.url);
    const command = new URL(message.url ?? '/', 'https://node').searchParams.getAll('command');
    const result = action === 'exec' ? access.exec(namespace, pod, container, command) : undefined;
    if (result === undefined) {
      const text = `container not found ("${container}")`;
      socket.end(`HTTP/1.1 404 Not Found\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`);
      return;
    }
    sockets.handleUpgrade(message, socket, head, (client) => void answer(client, result));
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

function parse(url: string | undefined): string[] {
  return new URL(url ?? '/', 'https://node').pathname.split('/').map(decodeURIComponent);
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
}

async function answer(client: WebSocket, pending: Promise<CommandResult>): Promise<void> {
  client.on('error', () => client.terminate());
  const { stdout, stderr, exitCode } = await pending;
  if (stdout.length > 0) client.send(frame(CHANNEL.stdout, Buffer.from(stdout)));
  if (stderr.length > 0) client.send(frame(CHANNEL.stderr, Buffer.from(stderr)));
  client.send(frame(CHANNEL.status, Buffer.from(JSON.stringify(exitStatus(exitCode)))));
  client.close(1000);
}

function frame(channel: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([channel]), data]);
}

function exitStatus(code: number) {
  if (code === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}
