import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { rootCertificates } from 'node:tls';

/** How long a registry may be silent, in milliseconds: it answers a finished upload only after it has moved the blob. */
const patienceMs = 60_000;
/** Manifests are at most 4 MiB (OCI distribution specification). */
const answerLimit = 4 * 1024 * 1024;

export interface Asked {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * One request and its whole answer.
 * @param ca further certificates to trust, PEM
 * @throws Error with the socket layer's `code` when there is no answer
 */
export function exchange({ method, url, headers = {}, body, signal }: Asked, ca: string | undefined): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const length = body === undefined && method !== 'POST' ? {} : { 'content-length': String(body?.length ?? 0) };
  const options = {
    method,
    headers: { 'user-agent': 'kubernetes-cpi', ...length, ...headers },
    timeout: patienceMs,
    ...(signal === undefined ? {} : { signal }),
  };
  const trust = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
  const sent = url.protocol === 'http:' ? httpRequest(url, options) : httpsRequest(url, { ...options, ...trust });
  sent.on('timeout', () => sent.destroy(new Error(`silent for ${patienceMs / 1000} s`)));
  sent.on('error', reject);
  sent.on('response', (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > answerLimit) response.destroy(new Error('answered more than 4 MiB'));
      else chunks.push(chunk);
    });
    response.on('error', reject);
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
    );
  });
  sent.end(body);
  return promise;
}
