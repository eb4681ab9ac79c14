import { CloudError } from '../bosh/cloud-error.ts';
import { stemcellAnnotation } from '../bosh/labels.ts';
import type { RegistryDefaults, Session } from '../bosh/session.ts';
import { parseImage } from './image-reference.ts';

/**
 * Deletes what create_stemcell pushed: an image in the configuration's repository that says so. Every other stays, it was somebody else's before. One that
 * is not there any more is success.
 * @throws CloudError CpiError while a machine uses it, since its node may have to pull it again; or when the registry cannot be asked
 */
export async function deleteStemcell(session: Session, cid: string): Promise<void> {
  const { registry, log } = session;
  const digest = registry === undefined ? undefined : digestIn(cid, registry);
  if (registry === undefined || digest === undefined) {
    log(`stemcell ${cid} is an image of its registry: it stays there`);
    return;
  }
  const [{ configured }, { deleteImage, findManifest }, { madeByCpi }] = await Promise.all([
    import('./heavy.ts'),
    import('./registry/push.ts'),
    import('./image/oci.ts'),
  ]);
  const repository = configured(registry);
  try {
    const found = await findManifest(repository, digest);
    if (found?.manifest.annotations?.[madeByCpi] === undefined) {
      log(`stemcell ${cid} ${found === undefined ? 'is gone already' : 'was not pushed by create_stemcell: it stays'}`);
      return;
    }
    const users = await machinesOf(session, cid);
    if (users.length > 0) {
      throw new Error(`still used by ${users.join(', ')}: delete these machines first`);
    }
    const deleted = await deleteImage(repository, digest);
    log(deleted ? `deleted ${cid}` : `${repository.name} lets nobody delete: ${cid} stays there`);
  } catch (error) {
    throw new CloudError('CpiError', `stemcell ${cid}: ${(error as Error).message}`, { cause: error });
  }
}

/** The digest of an image of the configuration's repository; undefined for any other. */
function digestIn(cid: string, { repository }: RegistryDefaults): string | undefined {
  const [image, own] = [parseImage(cid), parseImage(repository)];
  return image.registry === own.registry && image.repository === own.repository ? image.digest : undefined;
}

/** Machines of the namespace that run the image, as `VM agent-…`. */
async function machinesOf({ cluster }: Session, cid: string): Promise<readonly string[]> {
  const { items } = await cluster.core.listNamespacedPod({ namespace: cluster.namespace });
  return items
    .filter(({ metadata, spec }) => {
      const images = spec?.containers.map(({ image }) => image) ?? [];
      return metadata?.annotations?.[stemcellAnnotation] === cid || images.includes(cid);
    })
    .map(({ metadata }) => `VM ${metadata?.name}`);
}
