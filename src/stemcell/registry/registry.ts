import { setTimeout as sleep } from 'node:timers/promises';
import type { ImageReference } from '../image-reference.ts';
import { authorize, type RegistryCredentials } from './authorization.ts';
import { type Answer, type Asked, exchange } from './exchange.ts';

export interface RegistryOptions {
  /** Speak HTTP without TLS. */
  readonly plainHttp?: boolean;
  /** Certificates to trust beside the well-known ones, PEM. */
  readonly ca?: string | undefined;
  /** Asked once, when the registry wants to know who it is. */
  readonly credentials?: () => Promise<RegistryCredentials | undefined>;
  readonly signal?: AbortSignal;
  /** Bytes of a blob that are held in memory and sent at once: at most so many are sent again after a broken connection. */
  readonly chunkSize?: number;
}

/** One repository of a registry (OCI distribution specification). */
export interface Repository {
  /** `registry/repository`, for messages. */
  readonly name: string;
  readonly chunkSize: number;
  /** What addresses in answers are relative to. */
  readonly base: URL;
  /**
   * A request below `/v2/<repository>`, or to the place an answer named; authorised, and repeated where that is safe.
   * @throws Error that names the registry when it does not answer or does not know us
   */
  readonly send: (request: RepositoryRequest) => Promise<Answer>;
}

export interface RepositoryRequest extends Omit<Asked, 'url' | 'signal'> {
  /** Below the repository, or an address as answers give it in `Location`. */
  readonly path: string | URL;
  /** What is done with it, for the token. */
  readonly actions: 'pull' | 'pull,push' | 'delete';
  /** Once: a part of an upload, which must be asked for before it is sent again. */
  readonly once?: boolean;
}

const attempts = 4;

/** Opens a repository; nothing is asked of it yet. */
export function openRepository(reference: ImageReference, options: RegistryOptions = {}): Repository {
  const { registry, repository } = reference;
  const { chunkSize = 16 * 1024 * 1024 } = options;
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const origin = `${options.plainHttp ? 'http' : 'https'}://${host}`;
  const headers = new Map<string, string>();
  let credentials: Promise<RegistryCredentials | undefined> | undefined;
  const ask = (asked: Asked) => exchange({ ...asked, signal: options.signal }, options.ca);

  async function send({ path, actions, once: onlyOnce = false, ...request }: RepositoryRequest): Promise<Answer> {
    const url = typeof path === 'string' ? new URL(`${origin}/v2/${repository}/${path}`) : path;
    const sendOnce = () => {
      // another host, as a store behind the registry, has its own signature in the address
      const known = url.origin === origin ? headers.get(actions) : undefined;
      const authorization = known === undefined ? {} : { authorization: known };
      return ask({ ...request, url, headers: { ...request.headers, ...authorization } });
    };
    for (let attempt = 1; ; attempt++) {
      try {
        let answer = await sendOnce();
        if (answer.status === 401 && url.origin === origin) {
          credentials ??= options.credentials?.().catch(refused);
          const challenge = answer.headers['www-authenticate'] ?? '';
          const scope = `repository:${repository}:${actions}`;
          headers.set(
            actions,
            await authorize(challenge, scope, !options.plainHttp, await credentials, ask).catch(refused),
          );
          answer = await sendOnce();
        }
        if (onlyOnce || attempt === attempts || !isPassing(answer.status)) return answer;
      } catch (error) {
        if (error instanceof RefusedError) throw new Error(`registry ${registry}: ${error.message}`, { cause: error });
        if (onlyOnce || attempt === attempts || options.signal?.aborted) throw unreachable(registry, error as Error);
      }
      await sleep(250 * 2 ** attempt, undefined, { signal: options.signal });
    }
  }
  return { name: `${registry}/${repository}`, base: new URL(`${origin}/v2/${repository}/`), chunkSize, send };
}

/** A registry that is there and does not let us in: no time mends that. */
class RefusedError extends Error {}

function refused(error: Error): never {
  throw new RefusedError(error.message, { cause: error });
}

function isPassing(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501);
}

function unreachable(registry: string, error: NodeJS.ErrnoException): Error {
  return new Error(`registry ${registry} cannot be reached: ${reasonOf(error)}`, { cause: error });
}

function reasonOf({ code = '', message }: NodeJS.ErrnoException): string {
  if (/WRONG_VERSION|EPROTO/.test(code)) return 'it speaks no TLS; if that is meant, --plain-http (plain_http)';
  if (/CERT|SIGNATURE|ISSUER/.test(code)) return `${message}; if it is your own, give its certificate: --ca (ca)`;
  return message || code;
}

/** What a registry says of a failure, for an error: `answered 403: DENIED requested access is denied`. */
export function describeAnswer({ status, body }: Answer): string {
  try {
    const { errors = [] } = JSON.parse(body.toString('utf8')) as { errors?: { code?: string; message?: string }[] };
    const [first] = errors;
    if (first !== undefined) return `answered ${status}: ${first.code ?? ''} ${first.message ?? ''}`.trim();
  } catch {
    // a proxy's page
  }
  return `answered ${status}`;
}
