import { createHash } from 'node:crypto';
import type { Layer } from './layer.ts';
import { type Architecture, architectureOf, type StemcellFacts } from './manifest.ts';

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** What a manifest points at (OCI image specification, "Content Descriptors"). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A JSON document of an image, as it is stored. */
export interface Document {
  readonly bytes: Buffer;
  readonly digest: string;
}

/** An image of one layer, but for the layer's bytes. */
export interface Image {
  readonly manifest: Document;
  readonly config: Document;
  readonly layer: Layer;
}

/** On images that create_stemcell made: these are its own to delete. */
export const madeByCpi = 'org.cloudfoundry.bosh.create-stemcell';

const annotation = {
  name: 'org.opencontainers.image.title',
  version: 'org.opencontainers.image.version',
  operatingSystem: 'org.cloudfoundry.bosh.stemcell.operating-system',
  apiVersion: 'org.cloudfoundry.bosh.stemcell.api-version',
  architecture: 'org.cloudfoundry.bosh.stemcell.architecture',
} as const;

/**
 * The image of a stemcell's layer. It names no time and no command: the same layer and facts give the same digest, and machines are started with the CPI's
 * entrypoint.
 * @param annotations what is told of the stemcell
 */
export function describeImage(
  layer: Layer,
  architecture: Architecture,
  annotations: Readonly<Record<string, string>>,
): Image {
  const config = documentOf({
    architecture,
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
    history: [{ created_by: 'kubernetes-cpi stemcell build' }],
  });
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: configType, digest: config.digest, size: config.bytes.length },
    layers: [{ mediaType: layerType, digest: layer.digest, size: layer.size }],
    annotations,
  };
  return { manifest: documentOf(manifest), config, layer };
}

/** What an image tells of its stemcell. */
export function annotationsOf(facts: StemcellFacts): Readonly<Record<string, string>> {
  return {
    [annotation.name]: facts.name,
    [annotation.version]: facts.version,
    [annotation.operatingSystem]: facts.operatingSystem,
    ...(facts.apiVersion === undefined ? {} : { [annotation.apiVersion]: String(facts.apiVersion) }),
    [annotation.architecture]: facts.architecture,
  };
}

/** What a manifest tells of its stemcell; undefined for an image that is none of ours. */
export function factsOf({ annotations = {} }: ImageManifest): StemcellFacts | undefined {
  const {
    [annotation.name]: name,
    [annotation.version]: version,
    [annotation.operatingSystem]: operatingSystem,
  } = annotations;
  const apiVersion = annotations[annotation.apiVersion];
  if (name === undefined || version === undefined || operatingSystem === undefined) return undefined;
  return {
    name,
    version,
    operatingSystem,
    apiVersion: apiVersion === undefined ? undefined : Number(apiVersion),
    architecture: architectureOf(annotations[annotation.architecture]),
  };
}

/** A value as JSON with its digest. */
function documentOf(value: unknown): Document {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, digest: digestOf(bytes) };
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
