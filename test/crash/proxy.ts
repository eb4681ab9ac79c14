import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { createAuthority, issueCertificate } from '../cluster/certificate.ts';

/** One request of a CPI process, as the proxy saw it come. */
export interface ProxiedCall {
  /** From 1, in the order of arrival. */
  readonly number: number;
  /** From 1 among the writes; undefined for what changes nothing. A command in a machine that is no `cat` is a write. */
  readonly write: number | undefined;
  readonly method: string;
  /** With its query. */
  readonly path: string;
}

/**
 * What happens to a call.
 * - `before`: the API server never gets it; `after`: it was carried out, the answer is lost: the caller cannot know which
 * - `kill` ends the CPI process; `answered`: it has had the answer and is killed at the next thing it asks
 */
export type Fault =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly retryAfterSeconds?: number;
      /** What the Status says; with `quote` it quotes the request's whole body too, as a 422 does in part. */
      readonly message?: string;
      readonly quote?: boolean;
    }
  | { readonly kind: 'reset' | 'stall'; readonly when: 'before' | 'after' }
  | { readonly kind: 'kill'; readonly when: 'before' | 'after' | 'answered' };

/** Decides over a call; undefined lets it pass, a promise holds it meanwhile. */
export type Rule = (call: ProxiedCall) => Fault | undefined | Promise<Fault | undefined>;

export interface CrashProxy {
  readonly url: string;
  /** Begins a new count. `kill` ends the CPI process and resolves when it has ended. */
  begin(rule?: Rule, kill?: () => Promise<void>): void;
  /** Calls since the count began. */
  calls(): readonly ProxiedCall[];
  close(): void;
}

export interface Upstream {
  /** `http://` or `https://` address of an API server. */
  readonly server: string;
  /** PEM of its authority; none where it speaks plain HTTP. */
  readonly authority: string | undefined;
}

// a name of its own: a certificate whose issuer has its subject's name passes for self-signed
const pki = createAuthority('crash-proxy authority');
const certificate = issueCertificate(pki, { commonName: 'crash-proxy', names: ['127.0.0.1', 'localhost'] });

/** PEM of the authority behind every proxy's certificate. */
export const proxyAuthority = pki.cert;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Reasons and messages of the API server. */
const reasons: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  403: ['Forbidden', 'is forbidden'],
  422: ['Invalid', 'is invalid'],
  409: ['Conflict', 'Operation cannot be fulfilled: the object has been modified; please apply your changes to it'],
  429: ['TooManyRequests', 'too many requests, please try again later'],
  500: ['InternalError', 'Internal error occurred: injected'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
};

/**
 * Starts a proxy in front of an API server: TLS of its own towards the CPI, the caller's own credentials towards the server. Upgrades (exec) and watches are
 * streamed. It keeps no state but the count, so one proxy serves the calls of one CPI process after the other.
 */
export async function startProxy(upstream: Upstream): Promise<CrashProxy> {
  const target = new URL(upstream.server);
  const secure = target.protocol === 'https:';
  const tls = upstream.authority === undefined ? {} : { ca: upstream.authority };
  const agent = secure ? new HttpsAgent({ keepAlive: true, ...tls }) : new HttpAgent({ keepAlive: true });
  const sockets = new Set<Socket>();
  let calls: ProxiedCall[] = [];
  let rule: Rule = () => undefined;
  let kill: () => Promise<void> = async () => undefined;
  let killAtNext = false;

  /** Counts a call and asks the rule about it. */
  async function admit(message: IncomingMessage): Promise<Fault | undefined> {
    if (killAtNext) {
      killAtNext = false;
      await kill();
      return { kind: 'reset', when: 'before' };
    }
    const { method = '', url: path = '' } = message;
    const writes = calls.filter(({ write }) => write !== undefined).length;
    const call = {
      number: calls.length + 1,
      write: changesSomething(method, path) ? writes + 1 : undefined,
      method,
      path,
    };
    calls.push(call);
    return await rule(call);
  }

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const [fault, body] = await Promise.all([admit(message), read(message)]);
    // given up while it was held
    if (response.destroyed) return;
    if (fault?.kind === 'answer') return sendStatus(response, fault, body);
    if (fault !== undefined && fault.when === 'before') return await lose(fault, response.socket);
    const isWatch = /[?&]watch=(true|1)\b/.test(message.url ?? '');
    const incoming = await forward(message, body);
    if (fault === undefined && isWatch) {
      response.writeHead(incoming.statusCode ?? 502, incoming.headers);
      response.flushHeaders();
      response.on('close', () => incoming.destroy());
      incoming.pipe(response);
      return;
    }
    const answer: Answer = {
      status: incoming.statusCode ?? 502,
      headers: incoming.headers,
      body: isWatch ? Buffer.alloc(0) : await read(incoming),
    };
    if (isWatch) incoming.destroy();
    if (fault !== undefined && fault.when === 'after') return await lose(fault, response.socket);
    if (fault?.kind === 'kill') killAtNext = true;
    const { 'transfer-encoding': _chunked, connection: _connection, ...headers } = answer.headers;
    response.writeHead(answer.status, { ...headers, 'content-length': answer.body.length });
    response.end(answer.body);
  }

  function forward(message: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = (secure ? httpsRequest : httpRequest)(new URL(message.url ?? '/', target), {
        method: message.method ?? 'GET',
        headers: { ...message.headers, host: target.host },
        agent,
      });
      outgoing.on('response', resolve).on('error', reject).end(body);
    });
  }

  async function lose(fault: Exclude<Fault, { kind: 'answer' }>, socket: Socket | null): Promise<void> {
    if (fault.kind === 'kill') await kill();
    if (fault.kind !== 'stall') socket?.destroy();
  }

  /** An exec: after the handshake the bytes go through as they are. */
  async function tunnel(message: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const fault = await admit(message);
    if (fault?.kind === 'answer') {
      const { text, headers } = statusText(fault, '');
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(`HTTP/1.1 ${fault.status} Refused\r\n${lines.join('')}connection: close\r\n\r\n${text}`);
      return;
    }
    if (fault?.when === 'before') return await lose(fault, socket);
    const port = Number(target.port || (secure ? 443 : 80));
    const server: Socket = secure
      ? connectTls({ host: target.hostname, port, ...tls })
      : connectTcp({ host: target.hostname, port });
    sockets.add(server);
    server.on('error', () => socket.destroy());
    server.on('close', () => {
      sockets.delete(server);
      if (fault === undefined || fault.when === 'answered') socket.destroy();
    });
    socket.on('close', () => server.destroy());
    const headers = Object.entries({ ...message.headers, host: target.host }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    server.write(`${message.method} ${message.url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
    server.write(head);
    if (fault?.when === 'after') {
      // carried out is what has said something, or ended
      let received = 0;
      server.on('data', (data: Buffer) => {
        received += data.length;
      });
      await until(() => received > 300 || server.destroyed, 1000);
      await lose(fault, socket);
      return;
    }
    if (fault?.kind === 'kill') killAtNext = true;
    socket.pipe(server).pipe(socket);
  }

  const server = createServer({ cert: certificate.cert, key: certificate.key }, (message, response) => {
    serve(message, response).catch(() => response.destroy());
  });
  server.on('upgrade', (message: IncomingMessage, socket: Socket, head: Buffer) => {
    tunnel(message, socket, head).catch(() => socket.destroy());
  });
  server.on('secureConnection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    begin(nextRule = () => undefined, nextKill = async () => undefined) {
      calls = [];
      killAtNext = false;
      rule = nextRule;
      kill = nextKill;
    },
    calls: () => calls,
    close() {
      server.close();
      agent.destroy();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function changesSomething(method: string, path: string): boolean {
  const { pathname, searchParams } = new URL(path, 'https://server');
  if (pathname.endsWith('/exec')) return searchParams.get('command') !== 'cat';
  return method !== 'GET' && !searchParams.getAll('dryRun').includes('All');
}

function statusText(fault: Extract<Fault, { kind: 'answer' }>, body: string) {
  const { status, retryAfterSeconds } = fault;
  const [reason, usual] = reasons[status] ?? ['Unknown', 'injected'];
  const message = `${fault.message ?? usual}${fault.quote === true ? `: ${body}` : ''}`;
  const text = JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code: status });
  const wait = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  const length = String(Buffer.byteLength(text));
  return { text, headers: { 'content-type': 'application/json', 'content-length': length, ...wait } };
}

function sendStatus(response: ServerResponse, fault: Extract<Fault, { kind: 'answer' }>, body: Buffer): void {
  const { text, headers } = statusText(fault, body.toString());
  response.writeHead(fault.status, headers);
  response.end(text);
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Waits until something is so, or the time (in milliseconds) is over. */
async function until(isSo: () => boolean, boundMs: number): Promise<void> {
  const deadline = Date.now() + boundMs;
  while (!isSo() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
}
