import type { ImageReference } from './image-reference.ts';
import { openRepository } from './registry/registry.ts';

/** Looking up a digest is a courtesy: it must not hold up an upload. */
const patienceMs = 5_000;

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/**
 * Asks a registry for the digest behind a tag, anonymously and once.
 * @returns `sha256:…`
 * @throws Error with the reason
 */
export async function resolveDigest(reference: ImageReference): Promise<string> {
  const repository = openRepository(reference, { signal: AbortSignal.timeout(patienceMs) });
  const path = `manifests/${reference.tag}`;
  const headers = { accept: manifestTypes };
  const answer = await repository.send({ method: 'HEAD', path, actions: 'pull', headers, once: true });
  if (answer.status !== 200) throw new Error(`${repository.name} answered ${answer.status}`);
  const digest = answer.headers['docker-content-digest'];
  if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new Error(`${repository.name} gave no digest`);
  }
  return digest;
}
