import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Descriptor, digestOf, type Image, type ImageManifest, manifestType } from './oci.ts';

const nameAnnotation = 'org.opencontainers.image.ref.name';

/** Where a layout keeps something by its digest. */
export function blobPath(folder: string, digest: string): string {
  return join(folder, 'blobs', ...digest.split(':', 2));
}

/**
 * Writes what makes a folder with the layer's blob an image layout (OCI image specification, "Image Layout").
 * @param folder holds the layer at its place already
 * @param reference name of the image
 */
export async function writeLayout(folder: string, { manifest, config }: Image, reference: string): Promise<void> {
  for (const { bytes, digest } of [manifest, config]) {
    const path = blobPath(folder, digest);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
  const descriptor: Descriptor = {
    mediaType: manifestType,
    digest: manifest.digest,
    size: manifest.bytes.length,
    annotations: { [nameAnnotation]: reference },
  };
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }));
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}

/** An image in a layout. */
export interface StoredImage {
  readonly digest: string;
  readonly bytes: Buffer;
  readonly manifest: ImageManifest;
  /** The name it was built with. */
  readonly reference: string | undefined;
}

/**
 * Reads the one image of a layout.
 * @throws Error for a folder that is no layout, or has several images, or whose manifest is not what its digest says
 */
export async function readLayout(folder: string): Promise<StoredImage> {
  const text = await readFile(join(folder, 'index.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${folder} is no image layout: index.json: ${error.code}`);
  });
  const { manifests = [] } = JSON.parse(text) as { manifests?: readonly Descriptor[] };
  const [descriptor, ...more] = manifests;
  if (descriptor === undefined || more.length > 0) {
    throw new Error(`${folder}: index.json names ${manifests.length} images, expected one`);
  }
  const { digest } = descriptor;
  if (descriptor.mediaType !== manifestType || !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new Error(`${folder}: index.json names no image manifest`);
  }
  const bytes = await readFile(blobPath(folder, digest));
  if (digestOf(bytes) !== digest) throw new Error(`${folder}: blob ${digest} is damaged: build it anew`);
  const manifest = JSON.parse(bytes.toString('utf8')) as ImageManifest;
  return { digest, bytes, manifest, reference: descriptor.annotations?.[nameAnnotation] };
}
