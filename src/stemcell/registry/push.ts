import { digestOf, type ImageManifest, manifestType } from '../image/oci.ts';
import { describeAnswer, type Repository } from './registry.ts';
import { type Blob, uploadBlob } from './upload.ts';

/** An image that is to be pushed. */
export interface PushedImage {
  /** The manifest as it is stored. */
  readonly manifest: Buffer;
  /** Everything it points at. */
  readonly blobs: readonly Blob[];
}

/** How far a push is, in bytes. */
export interface PushProgress {
  readonly done: number;
  readonly total: number;
}

/**
 * Pushes an image: its blobs, as far as they are not there, then its manifest under a tag.
 * @returns the manifest's digest, and the bytes that were there already
 * @throws Error that names the registry and what it said
 */
export async function pushImage(
  repository: Repository,
  tag: string,
  { manifest, blobs }: PushedImage,
  told: (progress: PushProgress) => void = () => undefined,
): Promise<{ readonly digest: string; readonly present: number }> {
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  let present = 0;
  for (const blob of blobs) {
    const before = done;
    const sent = await uploadBlob(repository, blob, (bytes) => told({ done: before + bytes, total }));
    done += blob.size;
    if (sent) continue;
    present += blob.size;
    told({ done, total });
  }
  const answer = await repository.send({
    method: 'PUT',
    path: `manifests/${tag}`,
    actions: 'pull,push',
    headers: { 'content-type': manifestType },
    body: manifest,
  });
  if (answer.status !== 201) {
    throw new Error(`registry ${repository.name} did not take the manifest: ${describeAnswer(answer)}`);
  }
  const digest = digestOf(manifest);
  const { digest: stored } = await readManifest(repository, digest);
  if (stored !== digest) throw new Error(`registry ${repository.name} stored ${stored} instead of ${digest}`);
  return { digest, present };
}

/** A manifest as a registry has it. */
export interface FoundManifest {
  readonly digest: string;
  readonly manifest: ImageManifest;
}

const accepted = [manifestType, 'application/vnd.docker.distribution.manifest.v2+json'].join(', ');

/** Asks for a manifest by tag or digest; undefined when the registry has none. @throws Error that names the registry */
export async function findManifest(repository: Repository, name: string): Promise<FoundManifest | undefined> {
  const answer = await repository.send({
    method: 'GET',
    path: `manifests/${name}`,
    actions: 'pull',
    headers: { accept: accepted },
  });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw new Error(`registry ${repository.name} ${describeAnswer(answer)}`);
  const digest = digestOf(answer.body);
  if (name.startsWith('sha256:') && name !== digest) {
    throw new Error(`registry ${repository.name} gave ${digest} for ${name}: it or a proxy before it is damaged`);
  }
  return { digest, manifest: JSON.parse(answer.body.toString('utf8')) as ImageManifest };
}

/** The same, of one that must be there. */
export async function readManifest(repository: Repository, name: string): Promise<FoundManifest> {
  const found = await findManifest(repository, name);
  if (found === undefined) throw new Error(`registry ${repository.name} has no image ${name}`);
  return found;
}

/**
 * Deletes an image's manifest; its blobs go with the registry's next garbage collection.
 * @returns false when the registry allows nobody to delete
 * @throws Error that names the registry
 */
export async function deleteImage(repository: Repository, digest: string): Promise<boolean> {
  const answer = await repository.send({ method: 'DELETE', path: `manifests/${digest}`, actions: 'delete' });
  if ([200, 202, 404].includes(answer.status)) return true;
  // Unsupported, as distribution answers unless its configuration says storage.delete.enabled
  if (answer.status === 405 || answer.status === 501 || answer.body.includes('UNSUPPORTED')) return false;
  throw new Error(`registry ${repository.name} did not delete ${digest}: ${describeAnswer(answer)}`);
}
