import * as v from 'valibot';
import { CredentialError } from '../kubernetes/errors.ts';
import type { DirectorCredentials } from './target.ts';

/** How a Director knows its users, by `GET /info`. */
export type Authentication = { readonly type: 'basic' } | { readonly type: 'uaa'; readonly url: string };

/** What UAA answers to `POST /oauth/token`. Its refresh token is not read: a Director refuses it, and a client needs none. */
export const tokenAnswer = v.object({
  access_token: v.string(),
  token_type: v.string(),
  /** Seconds. */
  expires_in: v.number(),
});

type Token = v.InferOutput<typeof tokenAnswer>;

/** Gives the Authorization header of the next request. */
export interface Authorization {
  /** @param renew forget what is remembered, after a 401 */
  header(renew: boolean): Promise<string>;
  /** Whether asking again may give another: a token, not a password. */
  renewable(): boolean;
}

interface Sources {
  readonly authentication: () => Promise<Authentication>;
  /** Asks UAA for a client's token. */
  readonly requestToken: (uaaUrl: string, authorization: string) => Promise<Token>;
}

/** Makes the headers of one Director. No I/O until the first. */
export function createAuthorization(credentials: DirectorCredentials, sources: Sources): Authorization {
  let known: { readonly header: string; readonly until: number } | undefined;
  let asking: Promise<string> | undefined;

  async function ask(): Promise<string> {
    if (credentials.kind === 'token') return `${credentials.type} ${credentials.token}`;
    const basic = `Basic ${Buffer.from(`${credentials.client}:${credentials.secret}`).toString('base64')}`;
    const authentication = await sources.authentication();
    if (authentication.type === 'basic') {
      known = { header: basic, until: Number.POSITIVE_INFINITY };
      return basic;
    }
    const token = await sources.requestToken(authentication.url, basic);
    const header = `${token.token_type} ${token.access_token}`;
    known = { header, until: Date.now() + validMs(token.expires_in) };
    return header;
  }

  return {
    renewable: () => known !== undefined && known.until !== Number.POSITIVE_INFINITY,
    async header(renew) {
      if (known !== undefined && !renew && Date.now() < known.until) return known.header;
      // requests at the same time share one token
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return await asking;
    },
  };
}

/** A token must still be good when the request arrives: a minute less, or for a short one a tenth. */
function validMs(seconds: number): number {
  return (seconds - Math.min(60, seconds / 10)) * 1000;
}

/** @throws CredentialError without anything of the answer's text but UAA's own short word for it */
export function refusedToken(url: string, status: number, body: string): CredentialError {
  const word = /"error"\s*:\s*"([a-z_]{1,40})"/.exec(body)?.[1];
  const said = word === undefined ? `${status}` : `${status} ${word}`;
  return new CredentialError(
    `the UAA at ${url} gave no token (${said}); check BOSH_CLIENT and BOSH_CLIENT_SECRET, or the log-in in ~/.bosh/config`,
  );
}
