import { CloudError } from '../bosh/cloud-error.ts';

/** An image reference in its parts. */
export interface ImageReference {
  /** As given. */
  readonly text: string;
  /** `docker.io` where none is named. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string | undefined;
}

/**
 * Reads an image reference as the container runtimes do (distribution/reference: a first part with a dot, a colon or `localhost` is the registry).
 * @throws CloudError CpiError that says what is wrong with it
 */
export function parseImage(text: string): ImageReference {
  const [name = '', digest, ...more] = text.split('@');
  if (more.length > 0 || (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest))) {
    throw new CloudError('CpiError', `image ${text}: expected @sha256: and 64 hexadecimal digits`);
  }
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const named = first.includes('.') || first.includes(':') || first === 'localhost';
  const path = named ? name.slice(slash + 1) : name;
  const colon = path.lastIndexOf(':');
  const repository = colon < 0 ? path : path.slice(0, colon);
  const tag = colon < 0 ? 'latest' : path.slice(colon + 1);
  if (!/^[a-z0-9]+((\.|__?|-+|\/)[a-z0-9]+)*$/.test(repository) || !/^\w[\w.-]{0,127}$/.test(tag)) {
    throw new CloudError(
      'CpiError',
      `image ${text}: expected registry/repository:tag or registry/repository@sha256:digest`,
    );
  }
  const registry = named ? first : 'docker.io';
  const full = registry === 'docker.io' && !repository.includes('/') ? `library/${repository}` : repository;
  return { text, registry, repository: full, tag, digest };
}

/** A reference with its tag, also where it was written without one, and without its digest. */
export function taggedName({ text, tag }: ImageReference): string {
  const name = text.split('@', 1)[0] ?? '';
  return /:[^/]*$/.test(name) ? name : `${name}:${tag}`;
}
