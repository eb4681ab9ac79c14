import * as v from 'valibot';
import { CredentialError } from '../kubernetes/errors.ts';
import { readText } from '../kubernetes/read-text.ts';
import { delayMs } from '../kubernetes/retry.ts';
import { createTransport, type Streamed, type Transport } from '../kubernetes/transport.ts';
import { type Authentication, createAuthorization, refusedToken, tokenAnswer } from './authorization.ts';
import { DirectorError, directorUnreachable } from './errors.ts';
import { sleep } from './pause.ts';
import { checked, notDirector, refusalOf } from './reading.ts';
import { isPassingTrouble, isUnknownUser, mayRepeat, withDoubt } from './repeat.ts';
import type { DirectorTarget } from './target.ts';

export interface Request {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface ConnectionOptions {
  /** Where proxies are read from. */
  readonly env: NodeJS.ProcessEnv;
  /** Bound of one attempt until its answer begins, in milliseconds. */
  readonly timeoutMs: number;
}

/** Requests with who we are, a few attempts each. */
export interface Connection {
  /**
   * @param accepted statuses that are no error
   * @param take reads the answer's body; when the connection breaks meanwhile, a GET is asked again
   */
  exchange<T>(request: Request, accepted: readonly number[], take: (answer: Streamed) => Promise<T>): Promise<T>;
  close(): void;
}

const retry = { attempts: 3, totalMs: 30_000, firstDelayMs: 250, maxDelayMs: 2_000 };

const authenticationAnswer = v.object({
  user_authentication: v.object({ type: v.string(), options: v.optional(v.object({ url: v.optional(v.string()) })) }),
});

export function openConnection(target: DirectorTarget, { env, timeoutMs }: ConnectionOptions): Connection {
  const { url } = target;
  const director = transportTo(url);
  let uaa: Transport | undefined;
  let authentication: Promise<Authentication> | undefined;
  const authorization = createAuthorization(target.credentials, { authentication: ask, requestToken });

  function transportTo(server: string): Transport {
    const tls = target.ca === undefined ? {} : { ca: target.ca };
    return createTransport({ server, tls, credentials: { kind: 'none' } }, env, timeoutMs);
  }

  function ask(): Promise<Authentication> {
    authentication ??= attempt({ method: 'GET', path: '/info', headers: {} }, [200], whole)
      .then((text) => authenticationOf(checked(authenticationAnswer, text, '/info', url), url))
      .catch((error: unknown) => {
        authentication = undefined;
        throw error;
      });
    return authentication;
  }

  async function requestToken(uaaUrl: string, basic: string): Promise<v.InferOutput<typeof tokenAnswer>> {
    uaa ??= transportTo(uaaUrl);
    const headers = {
      Accept: 'application/json',
      'Content-Type': 'application/x-www-form-urlencoded',
      Authorization: basic,
    };
    const request = { method: 'POST', path: '/oauth/token', headers, body: 'grant_type=client_credentials', timeoutMs };
    try {
      const answer = await uaa.open(request);
      const text = await whole(answer);
      if (answer.status !== 200) throw refusedToken(uaaUrl, answer.status, text);
      return checked(tokenAnswer, text, '/oauth/token', uaaUrl);
    } catch (error) {
      throw error instanceof CredentialError ? error : directorUnreachable(error, uaaUrl);
    }
  }

  async function whole(answer: Streamed): Promise<string> {
    return await readText(answer, url, { idleMs: timeoutMs, totalMs: 4 * timeoutMs });
  }

  async function attempt<T>(
    request: Request,
    accepted: readonly number[],
    take: (answer: Streamed) => Promise<T>,
    header?: string,
  ): Promise<T> {
    const headers = { ...request.headers, ...(header !== undefined && { Authorization: header }) };
    try {
      const answer = await director.open({ ...request, headers, timeoutMs });
      if (accepted.includes(answer.status)) return await take(answer);
      throw refusalOf(request, answer.status, await whole(answer), target);
    } catch (error) {
      request.signal?.throwIfAborted();
      throw error instanceof DirectorError ? error : directorUnreachable(error, url);
    }
  }

  async function exchange<T>(
    request: Request,
    accepted: readonly number[],
    take: (answer: Streamed) => Promise<T>,
  ): Promise<T> {
    const deadline = Date.now() + retry.totalMs;
    let renewed = false;
    for (let tries = 1, renew = false; ; tries++) {
      let sent = false;
      try {
        const header = await authorization.header(renew);
        sent = true;
        return await attempt(request, accepted, take, header);
      } catch (error) {
        request.signal?.throwIfAborted();
        renew = !renewed && authorization.renewable() && isUnknownUser(error);
        if (renew) {
          renewed = true;
          continue;
        }
        const wait = delayMs(retry, tries);
        const late = tries >= retry.attempts || Date.now() + wait >= deadline;
        if (late || !(sent ? mayRepeat(request, error) : isPassingTrouble(error)))
          throw sent ? withDoubt(request, error) : error;
        await sleep(wait, request.signal);
      }
    }
  }

  function close(): void {
    director.close();
    uaa?.close();
  }

  return { exchange, close };
}

function authenticationOf(
  { user_authentication: { type, options } }: v.InferOutput<typeof authenticationAnswer>,
  url: string,
): Authentication {
  if (type !== 'uaa') return { type: 'basic' };
  if (options?.url === undefined) throw notDirector(url, 'it wants UAA, and its /info names no address of one');
  // as the CLI: a secret never goes in clear where the Director itself is spoken to by TLS
  return { type, url: options.url.replace(/^http:/, new URL(url).protocol).replace(/\/+$/, '') };
}
