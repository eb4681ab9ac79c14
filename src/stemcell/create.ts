import { stat } from 'node:fs/promises';
import * as v from 'valibot';
import { CloudError } from '../bosh/cloud-error.ts';
import { checkInput, describeFlaws } from '../bosh/schema.ts';
import type { RegistryDefaults } from '../bosh/session.ts';
import { parseImage } from './image-reference.ts';
import { resolveDigest } from './resolve-digest.ts';

/** Of a stemcell's cloud_properties those that name an image: ours, or the ones of docker-light stemcells. Others describe its content. */
const stemcellProperties = v.looseObject({
  image: v.optional(v.string()),
  image_reference: v.optional(v.string()),
  digest: v.optional(v.string()),
});

/**
 * Makes a stemcell: of a light one's image, or of a heavy one's root file system.
 *
 * The CID is the reference as given; a tag is looked up in its registry and its digest added, so that every machine of the stemcell runs the same image
 * though somebody moves the tag. A registry that cannot be reached from here (nodes may reach it) leaves the tag alone, and says so in the log.
 *
 * @param imagePath the image file, empty for a light stemcell
 * @param registry where heavy stemcells go; asked for them alone
 * @throws CloudError CpiError for a wrong reference, or a heavy stemcell without a registry
 */
export async function createStemcell(
  imagePath: string,
  input: Readonly<Record<string, unknown>>,
  registry: () => Promise<RegistryDefaults | undefined>,
  log: (line: string) => void,
): Promise<string> {
  const checked = checkInput(stemcellProperties, input);
  if ('flaws' in checked) throw new CloudError('CpiError', describeFlaws(checked.flaws, 'cloud_properties'));
  const { image, image_reference: imageReference, digest } = checked.value;
  const given = image ?? imageReference;
  if (given === undefined) return createHeavy(imagePath, input, registry, log);
  const reference = parseImage(digest === undefined || given.includes('@') ? given : `${given}@${digest}`);
  if (reference.digest !== undefined) return reference.text;
  try {
    const resolved = await resolveDigest(reference);
    log(`image ${reference.text} is ${resolved}`);
    return `${reference.text}@${resolved}`;
  } catch (error) {
    log(
      `image ${reference.text} stays a tag, since its digest cannot be looked up from here: ${(error as Error).message}`,
    );
    return reference.text;
  }
}

async function createHeavy(
  imagePath: string,
  input: Readonly<Record<string, unknown>>,
  registry: () => Promise<RegistryDefaults | undefined>,
  log: (line: string) => void,
): Promise<string> {
  const size = await stat(imagePath).then(
    (found) => found.size,
    () => 0,
  );
  if (size === 0) throw new CloudError('CpiError', 'cloud_properties.image: required, the image of the light stemcell');
  const settings = await registry();
  if (settings === undefined) {
    throw new CloudError(
      'CpiError',
      'configuration: stemcell.registry: required for a heavy stemcell, its root file system is pushed there; or make it light: kubernetes-cpi stemcell build',
    );
  }
  // what reads root file systems is loaded for heavy stemcells alone
  const { pushHeavy } = await import('./heavy.ts');
  return pushHeavy(imagePath, input, settings, log);
}
