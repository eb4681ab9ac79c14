import { UnreachableError } from './errors.ts';
import type { Endpoint } from './kubeconfig.ts';
import type { IdentifiedRequest, Streamed } from './transport.ts';

/** What Bun's fetch takes beside the standard (bun.sh, "Fetching with TLS"). */
interface BunRequestInit extends RequestInit {
  readonly tls: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** False: no bound of its own (five minutes). */
  readonly timeout: false;
}

/** Bun's own names for what other layers call by an errno. */
const errnos: Readonly<Record<string, string>> = {
  ConnectionRefused: 'ECONNREFUSED',
  ConnectionClosed: 'ECONNRESET',
  ConnectionReset: 'ECONNRESET',
  FailedToOpenSocket: 'ECONNREFUSED',
};

/** One request by the executable's own fetch, which keeps connections alive and reuses them for equal TLS options. */
export async function openByFetch(target: Endpoint, request: IdentifiedRequest): Promise<Streamed> {
  const { server } = target;
  const abort = new AbortController();
  const cancel = (reason: unknown) => abort.abort(reason);
  const signal = request.signal === undefined ? abort.signal : AbortSignal.any([abort.signal, request.signal]);
  signal.throwIfAborted();
  const late = `${server} did not answer within ${request.timeoutMs} ms`;
  const timer = setTimeout(() => cancel(new UnreachableError('TIMEOUT', server, late)), request.timeoutMs);
  try {
    const response = await fetch(server.replace(/\/+$/, '') + request.path, init(target, request, signal));
    const headers = Object.fromEntries(response.headers.entries());
    return { status: response.status, headers, body: chunksOf(response, signal), cancel };
  } catch (error) {
    throw signal.aborted ? signal.reason : withErrno(error);
  } finally {
    clearTimeout(timer);
  }
}

/** The body's bytes; its errors as the other transport's. Leaving the loop cancels the body, which closes the connection. */
async function* chunksOf({ body }: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body ?? []) yield chunk;
  } catch (error) {
    throw signal.aborted ? signal.reason : withErrno(error);
  }
}

function init(target: Endpoint, request: IdentifiedRequest, signal: AbortSignal): BunRequestInit {
  const { ca, insecureSkipVerify } = target.tls;
  const cert = request.credentials.cert ?? target.tls.cert;
  const key = request.credentials.key ?? target.tls.key;
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((one): [string, string] => [name, one]),
  );
  return {
    method: request.method,
    headers,
    ...(request.body !== undefined && { body: request.body }),
    signal,
    // followed, a redirect would carry the credentials to wherever it points
    redirect: 'manual',
    timeout: false,
    tls: {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(insecureSkipVerify === true && { rejectUnauthorized: false }),
    },
  };
}

function withErrno(error: unknown): unknown {
  const errno = errnos[(error as { code?: string }).code ?? ''];
  return errno === undefined
    ? error
    : Object.assign(new Error((error as Error).message, { cause: error }), { code: errno });
}
