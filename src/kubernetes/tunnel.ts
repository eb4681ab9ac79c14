import { type ClientRequestArgs, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { UnreachableError } from './errors.ts';
import { bareHost } from './proxy.ts';

type Created = (error: Error | null, socket?: Socket) => void;

/** Makes a kept-alive agent whose connections go through a proxy's CONNECT tunnel, TLS being end to end. */
export function tunnelAgent(proxy: URL, secure: boolean, tls: ConnectionOptions, timeoutMs: number): HttpAgent {
  const agent = secure ? new HttpsAgent({ keepAlive: true, ...tls }) : new HttpAgent({ keepAlive: true });
  // The only way to give an agent sockets of one's own; Node's types miss the callback form.
  Object.assign(agent, {
    createConnection(options: ClientRequestArgs & ConnectionOptions, created: Created): undefined {
      const { host, port } = options;
      openTunnel(proxy, `${host?.includes(':') ? `[${host}]` : host}:${port}`, timeoutMs, (error, socket) => {
        if (error !== null || socket === undefined) return created(error);
        if (!secure) return created(null, socket);
        const servername = tls.servername ?? host ?? '';
        // SNI carries names only (RFC 6066); an address is verified against `host`.
        const names = isIP(servername) === 0 ? { host, servername } : { host };
        const wrapped = connectTls({ ...tls, ...names, socket });
        const settle = (failure: Error | null) => {
          wrapped.off('error', settle);
          wrapped.off('secureConnect', done);
          if (failure === null) created(null, wrapped);
          else created(failure);
        };
        const done = () => settle(null);
        wrapped.once('error', settle);
        wrapped.once('secureConnect', done);
      });
    },
  });
  return agent;
}

function openTunnel(proxy: URL, authority: string, timeoutMs: number, created: Created): void {
  const secure = proxy.protocol === 'https:';
  const outgoing = (secure ? httpsRequest : httpRequest)({
    host: bareHost(proxy),
    port: proxy.port === '' ? (secure ? 443 : 80) : Number(proxy.port),
    method: 'CONNECT',
    path: authority,
    headers: { Host: authority, ...proxyAuthorization(proxy) },
    agent: false,
  });
  const fail = (code: string, message: string) => {
    clearTimeout(timer);
    created(new UnreachableError(code, proxy.origin, message));
  };
  const timer = setTimeout(() => {
    outgoing.destroy();
    fail('TIMEOUT', `the proxy ${proxy.origin} opened no connection to ${authority} within ${timeoutMs} ms`);
  }, timeoutMs);
  const refuse = (status: number | undefined) =>
    fail('PROXY_REFUSED', `the proxy ${proxy.origin} answered ${status} when asked for a connection to ${authority}`);
  outgoing.once('connect', (response, socket, head) => {
    if (response.statusCode !== 200) {
      socket.destroy();
      return refuse(response.statusCode);
    }
    clearTimeout(timer);
    if (head.length > 0) socket.unshift(head);
    created(null, socket as Socket);
  });
  outgoing.once('response', (response) => {
    outgoing.destroy();
    refuse(response.statusCode);
  });
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    fail(error.code ?? 'PROXY_UNREACHABLE', `the proxy ${proxy.origin} could not be reached: ${error.message}`);
  });
  outgoing.end();
}

/** The Proxy-Authorization header for the user and password of a proxy's URL. */
function proxyAuthorization(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'Proxy-Authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
