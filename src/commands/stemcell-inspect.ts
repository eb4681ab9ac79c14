import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkSha1 } from '../stemcell/image/build.ts';
import { type Layer, makeLayer } from '../stemcell/image/layer.ts';
import { readLayout } from '../stemcell/image/layout.ts';
import type { StemcellFacts, StemcellManifest } from '../stemcell/image/manifest.ts';
import { factsOf, type ImageManifest } from '../stemcell/image/oci.ts';
import { readTarball } from '../stemcell/image/tarball.ts';
import { parseImage } from '../stemcell/image-reference.ts';
import { readManifest } from '../stemcell/registry/push.ts';
import { UsageError } from './stemcell.ts';
import { openAs, registryOptions } from './stemcell-registry.ts';

/** What is shown, by the names of --json. */
type Shown = Readonly<Record<string, string | number | undefined>>;

/** @returns a table, or JSON */
export async function inspectStemcell(args: readonly string[]): Promise<string> {
  const options = { ...registryOptions, json: { type: 'boolean' } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [what, ...more] = positionals;
  if (what === undefined || more.length > 0) throw new UsageError('expected a FILE, a FOLDER or a REFERENCE');
  const shown = await look(what, values);
  if (values.json) return `${JSON.stringify(shown, undefined, 2)}\n`;
  return Object.entries(shown)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name.replaceAll('_', ' ').padEnd(18)}${value}\n`)
    .join('');
}

async function look(what: string, values: Parameters<typeof openAs>[1]): Promise<Shown> {
  const found = await stat(what).catch(() => undefined);
  if (found?.isFile()) return ofTarball(what);
  if (found !== undefined) {
    const built = await stat(join(what, 'image', 'index.json')).catch(() => undefined);
    const { digest, manifest, reference } = await readLayout(built === undefined ? what : join(what, 'image'));
    return ofImage('image layout', reference, digest, manifest);
  }
  if (/^[./]|\.tgz$/.test(what)) throw new Error(`${what}: no such file`);
  const reference = parseImage(what);
  const { digest, manifest } = await readManifest(await openAs(reference, values), reference.digest ?? reference.tag);
  return ofImage('image', what, digest, manifest);
}

/** Reads the whole tarball: what is shown of a heavy one has been checked. */
async function ofTarball(path: string): Promise<Shown> {
  const { manifest, image } = await readTarball(path, lookAtImage).catch((error: Error) => {
    throw new Error(`${path}: ${error.message}`, { cause: error });
  });
  if (image === undefined) {
    return {
      kind: 'light stemcell',
      ...facts(manifest),
      formats: manifest.formats.join(', '),
      image: named(manifest, 'image') ?? named(manifest, 'image_reference'),
    };
  }
  checkSha1(manifest.sha1, image.sha1);
  return {
    kind: 'stemcell',
    ...facts(manifest),
    formats: manifest.formats.join(', '),
    layer: image.digest,
    size: image.size,
    sha1: image.sha1,
  };
}

/** A light stemcell's image is empty; that of a heavy one is read to its end. */
async function lookAtImage(bytes: AsyncIterable<Buffer>, size: number): Promise<Layer | undefined> {
  return size === 0 ? undefined : makeLayer(bytes, undefined);
}

function ofImage(kind: string, reference: string | undefined, digest: string, manifest: ImageManifest): Shown {
  const { layers = [], config } = manifest;
  const size = [...layers, config].reduce((sum, each) => sum + (each?.size ?? 0), 0);
  const told = factsOf(manifest);
  return { kind, ...(told === undefined ? {} : facts(told)), image: reference, digest, layers: layers.length, size };
}

function facts({ name, version, operatingSystem, apiVersion, architecture }: StemcellFacts): Shown {
  return { name, version, operating_system: operatingSystem, api_version: apiVersion, architecture };
}

function named({ cloudProperties }: StemcellManifest, key: string): string | undefined {
  const value = cloudProperties[key];
  return typeof value === 'string' ? value : undefined;
}
