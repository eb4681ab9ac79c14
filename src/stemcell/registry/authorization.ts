import type { Answer, Asked } from './exchange.ts';

/** Who asks: a name and a password, or what a registry gave in their place. */
export type RegistryCredentials =
  | { readonly username: string; readonly password: string }
  | { readonly identityToken: string };

/** How to become somebody whom the registry knows (its `WWW-Authenticate`). */
interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The header that answers a registry's challenge: basic, or a token (distribution.github.io/distribution/spec/auth/token, and oauth for identity tokens).
 * @param header `WWW-Authenticate` of an answer 401
 * @param scope `repository:NAME:pull,push`
 * @param secure the registry speaks TLS: then no credentials go to a token server that does not
 * @throws Error that says what is missing; never with credentials in it
 */
export async function authorize(
  header: string,
  scope: string,
  secure: boolean,
  credentials: RegistryCredentials | undefined,
  send: (asked: Asked) => Promise<Answer>,
): Promise<string> {
  const { scheme, parameters } = parseChallenge(header);
  if (scheme === 'basic') {
    if (credentials === undefined || !('username' in credentials)) throw new Error('wants a name and a password');
    return basic(credentials);
  }
  const { realm, service } = parameters;
  if (scheme !== 'bearer' || realm === undefined || !URL.canParse(realm)) {
    throw new Error(`wants credentials of a kind that is not known: ${scheme || 'none named'}`);
  }
  const url = new URL(realm);
  if (secure && url.protocol !== 'https:') throw new Error(`its token server ${url.host} does not speak TLS`);
  const answer = await send(tokenRequest(url, service, scope, credentials));
  if (answer.status !== 200) {
    const hint = credentials === undefined ? 'log in (docker login) or configure credentials' : 'check the credentials';
    throw new Error(`its token server ${url.host} answered ${answer.status}: ${hint}`);
  }
  const { token, access_token: accessToken } = JSON.parse(answer.body.toString('utf8')) as Record<string, unknown>;
  const found = token ?? accessToken;
  if (typeof found !== 'string') throw new Error(`its token server ${url.host} gave no token`);
  return `Bearer ${found}`;
}

function tokenRequest(
  realm: URL,
  service: string | undefined,
  scope: string,
  credentials: RegistryCredentials | undefined,
): Asked {
  if (credentials !== undefined && 'identityToken' in credentials) {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: credentials.identityToken,
      client_id: 'kubernetes-cpi',
      service: service ?? realm.host,
      scope,
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url: realm, headers, body: Buffer.from(form.toString()) };
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', scope);
  return { method: 'GET', url, headers: credentials === undefined ? {} : { authorization: basic(credentials) } };
}

function basic({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Reads `Bearer realm="…",service="…"` (RFC 9110, 11.6.1). */
function parseChallenge(header: string): Challenge {
  const scheme = /^\s*([A-Za-z]+)/.exec(header)?.[1]?.toLowerCase() ?? '';
  const pairs = [...header.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)];
  return {
    scheme,
    parameters: Object.fromEntries(pairs.map(([, name = '', quoted, plain]) => [name, quoted ?? plain ?? ''])),
  };
}
