import { UnreachableError } from './errors.ts';
import type { Target } from './kubeconfig.ts';
import type { BodyBounds, Exchanged, IdentifiedRequest } from './transport.ts';

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

/** One request and its whole answer by the executable's own fetch, which keeps connections alive and reuses them for equal TLS options. */
export async function exchangeByFetch(
  target: Target,
  request: IdentifiedRequest,
  bounds: BodyBounds,
): Promise<Exchanged> {
  const { server } = target;
  const abort = new AbortController();
  let expired: UnreachableError | undefined;
  const expire = (message: string) => () => {
    expired = new UnreachableError('TIMEOUT', server, message);
    abort.abort(expired);
  };
  const cancel = () => abort.abort(request.signal?.reason);
  request.signal?.throwIfAborted();
  request.signal?.addEventListener('abort', cancel, { once: true });
  let timer = setTimeout(expire(`${server} did not answer within ${request.timeoutMs} ms`), request.timeoutMs);
  const unfinished = (ms: number) => expire(`${server} did not finish its answer within ${ms} ms`);
  const total = setTimeout(unfinished(bounds.totalMs), bounds.totalMs);
  try {
    const response = await fetch(server.replace(/\/+$/, '') + request.path, init(target, request, abort.signal));
    clearTimeout(timer);
    timer = setTimeout(unfinished(bounds.idleMs), bounds.idleMs);
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body ?? []) {
      timer.refresh();
      chunks.push(chunk);
    }
    const headers = Object.fromEntries(response.headers.entries());
    return { status: response.status, headers, text: Buffer.concat(chunks).toString('utf8') };
  } catch (error) {
    throw expired ?? (request.signal?.aborted ? request.signal.reason : withErrno(error));
  } finally {
    clearTimeout(timer);
    clearTimeout(total);
    request.signal?.removeEventListener('abort', cancel);
  }
}

function init(target: Target, request: IdentifiedRequest, signal: AbortSignal): BunRequestInit {
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
