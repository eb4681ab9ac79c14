import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

/** What the API server answered with a status of 400 or more. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Json = Record<string, unknown>;

/**
 * A caller of one API server. The launcher has its own, small one, on purpose: what tests the client must not be made of it.
 */
export interface Api {
  readonly server: string;
  readonly authority: string;
  /** @throws StatusError, or the socket's error */
  call<T = Json>(method: string, path: string, body?: unknown, contentType?: string): Promise<T>;
  /** Objects and changes as they come, until the server ends the stream or `signal` fires. */
  watch(path: string, onEvent: (type: string, object: Json) => void, signal: AbortSignal): Promise<void>;
  close(): void;
}

interface KubeconfigFile {
  readonly clusters: readonly { cluster: { server: string; 'certificate-authority-data': string } }[];
  readonly users: readonly { user: Record<string, string> }[];
}

function plain(data: string | undefined): string | undefined {
  return data === undefined ? undefined : Buffer.from(data, 'base64').toString();
}

/** Opens a kubeconfig that writeKubeconfig wrote. No I/O but reading the file. */
export function openApi(kubeconfig: string): Api {
  const config = JSON.parse(readFileSync(kubeconfig, 'utf8')) as KubeconfigFile;
  const cluster = config.clusters[0]?.cluster;
  const user = config.users[0]?.user;
  if (cluster === undefined || user === undefined) throw new Error(`${kubeconfig}: no cluster or no user`);
  const authority = plain(cluster['certificate-authority-data']) ?? '';
  const agent = new Agent({
    keepAlive: true,
    ca: authority,
    cert: plain(user['client-certificate-data']),
    key: plain(user['client-key-data']),
  });
  const headers: Record<string, string> = user.token === undefined ? {} : { authorization: `Bearer ${user.token}` };

  function call<T>(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<T> {
    return new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      // Node gives the body of a DELETE no length of its own accord: it would be taken for the next request.
      const sent =
        payload === undefined
          ? headers
          : { ...headers, 'content-type': contentType, 'content-length': Buffer.byteLength(payload) };
      const outgoing = request(
        new URL(path, cluster?.server),
        { method, agent, headers: sent, timeout: 30_000 },
        (answer) => {
          let received = '';
          answer.setEncoding('utf8').on('data', (text: string) => {
            received += text;
          });
          answer.on('error', reject).on('end', () => {
            const status = answer.statusCode ?? 0;
            if (status >= 400)
              reject(new StatusError(status, `${method} ${path}: ${status} ${received.slice(0, 2000)}`));
            else resolve((received.startsWith('{') ? JSON.parse(received) : received) as T);
          });
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer within 30 s`)));
      outgoing.on('error', reject).end(payload);
    });
  }

  function watch(path: string, onEvent: (type: string, object: Json) => void, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, cluster?.server), { agent, headers, signal }, (answer) => {
        let rest = '';
        answer.setEncoding('utf8').on('data', (text: string) => {
          const lines = (rest + text).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) {
            const event = JSON.parse(line) as { type: string; object: Json };
            onEvent(event.type, event.object);
          }
        });
        answer.on('error', () => resolve()).on('end', () => resolve());
      });
      outgoing.on('error', (error) => (signal.aborted ? resolve() : reject(error))).end();
    });
  }

  return { server: cluster.server, authority, call, watch, close: () => agent.destroy() };
}
