import type { ImageReference } from './image-reference.ts';

/** Looking up a digest is a courtesy: it must not hold up an upload. */
const patienceMs = 5_000;

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/**
 * Asks a registry for the digest behind a tag, anonymously (OCI distribution specification, "Pulling manifests"; token flow of the Docker registry).
 * @returns `sha256:…`
 * @throws Error with the reason
 */
export async function resolveDigest({ registry, repository, tag }: ImageReference): Promise<string> {
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const url = `https://${host}/v2/${repository}/manifests/${tag}`;
  const signal = AbortSignal.timeout(patienceMs);
  const head = (token?: string) =>
    fetch(url, {
      method: 'HEAD',
      signal,
      headers: { accept: manifestTypes, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    });
  let answer = await head();
  if (answer.status === 401)
    answer = await head(await anonymousToken(answer.headers.get('www-authenticate') ?? '', signal));
  if (!answer.ok) throw new Error(`${host} answered ${answer.status}`);
  const digest = answer.headers.get('docker-content-digest');
  if (digest === null || !/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`${host} gave no digest`);
  return digest;
}

async function anonymousToken(challenge: string, signal: AbortSignal): Promise<string> {
  const part = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
  const realm = part('realm');
  if (!/^bearer /i.test(challenge) || realm === undefined) throw new Error('the registry wants credentials');
  const url = new URL(realm);
  for (const name of ['service', 'scope']) {
    const value = part(name);
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const answer = await fetch(url, { signal });
  if (!answer.ok) throw new Error(`${url.host} answered ${answer.status}`);
  const { token, access_token: accessToken } = (await answer.json()) as { token?: string; access_token?: string };
  const found = token ?? accessToken;
  if (found === undefined) throw new Error(`${url.host} gave no token`);
  return found;
}
