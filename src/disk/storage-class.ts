import type { V1StorageClass } from '@kubernetes/client-node/dist/gen/models/V1StorageClass.js';
import { CloudError } from '../bosh/cloud-error.ts';
import type { Session } from '../bosh/session.ts';
import { isForbidden, isNotFound } from '../kubernetes/errors.ts';

const defaultAnnotation = 'storageclass.kubernetes.io/is-default-class';

/**
 * The class that a new disk will be of.
 * @param name undefined: the cluster's default
 * @returns the class, or undefined when classes may not be read: then the cluster decides
 * @throws CloudError when there is no such class, or no default one: a claim would stay pending without a word
 */
export async function findStorageClass(
  session: Session,
  name: string | undefined,
): Promise<V1StorageClass | undefined> {
  const { storage } = session.cluster;
  try {
    if (name !== undefined) return await storage.readStorageClass({ name });
    const classes = (await storage.listStorageClass()).items;
    const defaults = classes.filter(({ metadata }) => metadata?.annotations?.[defaultAnnotation] === 'true');
    // of several defaults the API server takes the newest (kubernetes.io, "Default StorageClass")
    defaults.sort((a, b) => Number(b.metadata?.creationTimestamp ?? 0) - Number(a.metadata?.creationTimestamp ?? 0));
    if (defaults[0] !== undefined) return defaults[0];
    throw new CloudError(
      'CloudError',
      `the cluster has no default StorageClass: name one in cloud_properties.storage_class or disks.storage_class${known(classes)}, ` +
        `or mark one: kubectl annotate storageclass NAME ${defaultAnnotation}=true`,
    );
  } catch (error) {
    if (isForbidden(error)) return undefined;
    if (isNotFound(error)) {
      const classes = await storage.listStorageClass().then(
        ({ items }) => items,
        () => [],
      );
      throw new CloudError('CloudError', `storage_class: the cluster has no StorageClass ${name}${known(classes)}`);
    }
    throw error;
  }
}

function known(classes: readonly V1StorageClass[]): string {
  const names = classes.map(({ metadata }) => metadata?.name).join(', ');
  return names === '' ? '' : ` (it has: ${names})`;
}
