import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { CloudError } from '../bosh/cloud-error.ts';
import { checkInput, describeFlaws } from '../bosh/schema.ts';
import type { RegistryDefaults } from '../bosh/session.ts';
import { isGzipFile, makeLayer } from './image/layer.ts';
import { architectureOf } from './image/manifest.ts';
import { annotationsOf, describeImage, madeByCpi } from './image/oci.ts';
import { parseImage } from './image-reference.ts';
import { pushImage } from './registry/push.ts';
import { openRepository, type Repository } from './registry/registry.ts';

const text = v.pipe(v.string(), v.nonEmpty('must not be empty'));
const heavyProperties = v.looseObject({
  name: text,
  version: text,
  os_distro: v.optional(v.string()),
  architecture: v.optional(v.string()),
});

/**
 * Pushes a heavy stemcell's root file system into the registry of the configuration. The same stemcell gives the same image, so a repeated call pushes nothing.
 * @param imagePath the stemcell's `image`
 * @returns reference with its digest: the CID
 * @throws CloudError CpiError for a root file system that is none, or a registry that does not take it
 */
export async function pushHeavy(
  imagePath: string,
  properties: Readonly<Record<string, unknown>>,
  registry: RegistryDefaults,
  log: (line: string) => void,
): Promise<string> {
  const checked = checkInput(heavyProperties, properties);
  if ('flaws' in checked) throw new CloudError('CpiError', describeFlaws(checked.flaws, 'cloud_properties'));
  const { name, version, os_distro: operatingSystem = name, architecture } = checked.value;
  const tag = `${name}-${version}`
    .replace(/[^\w.-]/g, '_')
    .slice(-128)
    .replace(/^[^\w]/, '_');
  const reference = parseImage(`${registry.repository}:${tag}`);
  const folder = await mkdtemp(join(tmpdir(), 'stemcell-'));
  try {
    const packed = (await isGzipFile(imagePath)) ? undefined : join(folder, 'layer');
    const layer = await makeLayer(createReadStream(imagePath, { highWaterMark: 256 * 1024 }), packed);
    log(`image has ${megabytes(layer.size)} MB, layer ${layer.digest}`);
    // the agent's API version is the Director's to know: it is not among the arguments
    const facts = { name, version, operatingSystem, apiVersion: undefined, architecture: architectureOf(architecture) };
    const image = describeImage(layer, facts.architecture, { ...annotationsOf(facts), [madeByCpi]: 'true' });
    const { digest, present } = await pushImage(configured(registry), tag, {
      manifest: image.manifest.bytes,
      blobs: [
        { digest: layer.digest, size: layer.size, content: { path: packed ?? imagePath } },
        { digest: image.config.digest, size: image.config.bytes.length, content: { bytes: image.config.bytes } },
      ],
    });
    log(`pushed ${reference.text}@${digest}, ${megabytes(present)} MB were there`);
    return `${reference.text}@${digest}`;
  } catch (error) {
    throw new CloudError('CpiError', `heavy stemcell ${name}/${version}: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The repository of the configuration, with its credentials. */
export function configured({
  repository,
  username,
  password,
  ca,
  plain_http: plainHttp,
}: RegistryDefaults): Repository {
  return openRepository(parseImage(repository), {
    plainHttp,
    ca,
    credentials: async () => (username === undefined ? undefined : { username, password: password ?? '' }),
  });
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
