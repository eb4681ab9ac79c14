import { CloudError } from '../bosh/cloud-error.ts';
import { metadataAnnotation, metadataLabels } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { isNotFound } from '../kubernetes/errors.ts';
import { mergePatch } from '../kubernetes/patch.ts';

/** Puts a Director's metadata on a disk: whole in an annotation, and as labels to select by. @throws CloudError DiskNotFound */
export async function setDiskMetadata(
  session: Session,
  claim: string,
  metadata: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { core, namespace } = session.cluster;
  const labels = metadataLabels(metadata);
  const annotations = { [metadataAnnotation]: JSON.stringify(metadata) };
  try {
    const body = { metadata: { labels, annotations } };
    await core.patchNamespacedPersistentVolumeClaim({ name: claim, namespace, body }, mergePatch);
  } catch (error) {
    if (isNotFound(error))
      throw new CloudError('DiskNotFound', `disk ${claim} does not exist in namespace ${namespace}`);
    throw error;
  }
}
