import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './exchange.ts';
import { describeAnswer, type Repository } from './registry.ts';

/** A blob to upload: a file, or bytes. */
export type Content = { readonly path: string } | { readonly bytes: Buffer };

export interface Blob {
  readonly digest: string;
  readonly size: number;
  readonly content: Content;
}

/** Times in a row that no byte arrives. */
const patience = 5;

/**
 * Uploads a blob in chunks, and goes on after the last one that arrived when a connection breaks. The registry checks the digest.
 * @param told called with the bytes that have arrived
 * @returns false when the registry has the blob already
 * @throws Error that names the blob and what the registry said
 */
export async function uploadBlob(
  repository: Repository,
  { digest, size, content }: Blob,
  told: (bytes: number) => void = () => undefined,
): Promise<boolean> {
  const { status } = await repository.send({ method: 'HEAD', path: `blobs/${digest}`, actions: 'pull,push' });
  if (status === 200) return false;
  const file = 'path' in content ? await open(content.path) : undefined;
  try {
    const read = (offset: number, length: number) =>
      'bytes' in content
        ? Promise.resolve(content.bytes.subarray(offset, offset + length))
        : readPart(file as FileHandle, offset, length);
    const place = await uploadChunks(repository, size, read, told);
    place.searchParams.set('digest', digest);
    const answer = await repository.send({
      method: 'PUT',
      path: place,
      actions: 'pull,push',
      headers: { 'content-type': 'application/octet-stream' },
      body: Buffer.alloc(0),
    });
    // a repeated one: the first was done, and its answer lost
    if (answer.status === 404 && (await isThere(repository, digest))) return true;
    if (answer.status !== 201) throw failed(repository, digest, answer);
    return true;
  } finally {
    await file?.close();
  }
}

async function uploadChunks(
  repository: Repository,
  size: number,
  read: (offset: number, length: number) => Promise<Buffer>,
  told: (bytes: number) => void,
): Promise<URL> {
  let { place, least } = await begin(repository);
  let offset = 0;
  let failures = 0;
  while (offset < size) {
    const chunk = await read(offset, Math.max(repository.chunkSize, least));
    const sent = await repository
      .send({
        method: 'PATCH',
        path: place,
        actions: 'pull,push',
        headers: {
          'content-type': 'application/octet-stream',
          'content-range': `${offset}-${offset + chunk.length - 1}`,
        },
        body: chunk,
        once: true,
      })
      .catch((error: Error) => error);
    if (!(sent instanceof Error) && sent.status === 202) {
      place = locationOf(sent.headers.location, place);
      offset += chunk.length;
      failures = 0;
      told(offset);
      continue;
    }
    failures++;
    if (failures > patience) throw sent instanceof Error ? sent : failed(repository, 'a part', sent);
    if (!(sent instanceof Error) && sent.status < 500 && ![404, 408, 416, 429].includes(sent.status)) {
      throw failed(repository, 'a part', sent);
    }
    await sleep(250 * 2 ** failures);
    const arrived = await askArrived(repository, place);
    if (arrived === undefined) ({ place, least } = await begin(repository));
    else place = arrived.place;
    offset = arrived?.offset ?? 0;
    told(offset);
  }
  return place;
}

async function begin(repository: Repository): Promise<{ place: URL; least: number }> {
  const answer = await repository.send({ method: 'POST', path: 'blobs/uploads/', actions: 'pull,push' });
  const { location } = answer.headers;
  if (answer.status !== 202 || location === undefined) throw failed(repository, 'an upload', answer);
  const place = locationOf(location, repository.base);
  return { place, least: Number(answer.headers['oci-chunk-min-length'] ?? 0) };
}

/** How much of an upload has arrived; undefined when the registry knows nothing of it any more. */
async function askArrived(repository: Repository, place: URL): Promise<{ place: URL; offset: number } | undefined> {
  const answer = await repository.send({ method: 'GET', path: place, actions: 'pull,push' });
  if (answer.status !== 204) return undefined;
  const last = Number(/-(\d+)$/.exec(answer.headers.range ?? '')?.[1] ?? 0);
  // 0-0 is what registries answer before the first byte
  return { place: locationOf(answer.headers.location, place), offset: last === 0 ? 0 : last + 1 };
}

/** Where the rest goes: registries name it absolutely or not. */
function locationOf(location: string | undefined, base: URL): URL {
  return location === undefined ? base : new URL(location, base);
}

async function isThere(repository: Repository, digest: string): Promise<boolean> {
  const { status } = await repository.send({ method: 'HEAD', path: `blobs/${digest}`, actions: 'pull,push' });
  return status === 200;
}

async function readPart(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
  if (bytesRead === 0) throw new Error('the file became shorter while it was read');
  return buffer.subarray(0, bytesRead);
}

function failed(repository: Repository, what: string, answer: Answer): Error {
  return new Error(`registry ${repository.name} did not take ${what}: ${describeAnswer(answer)}`);
}
