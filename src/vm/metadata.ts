import { metadataAnnotation, metadataLabels } from '../bosh/labels.ts';
import type { Session } from '../bosh/session.ts';
import { isNotFound } from '../kubernetes/errors.ts';
import { mergePatch } from '../kubernetes/patch.ts';
import { updateRecord } from './record.ts';

/**
 * Puts a Director's metadata on a VM: whole in an annotation, and as labels to select by. The record gets it too, so that it survives a recreation.
 * @throws CloudError VMNotFound
 */
export async function setVmMetadata(
  session: Session,
  vm: string,
  metadata: Readonly<Record<string, unknown>>,
): Promise<void> {
  const labels = metadataLabels(metadata);
  const annotations = { [metadataAnnotation]: JSON.stringify(metadata) };
  await updateRecord(session, vm, ({ record: now }) => {
    const { metadata: pod, spec } = now.pod;
    const labelled = {
      ...pod,
      labels: { ...pod.labels, ...labels },
      annotations: { ...pod.annotations, ...annotations },
    };
    return { record: { ...now, pod: { metadata: labelled, spec } } };
  });
  const { core, namespace } = session.cluster;
  try {
    await core.patchNamespacedPod({ name: vm, namespace, body: { metadata: { labels, annotations } } }, mergePatch);
  } catch (error) {
    // between two pods: the next one gets it from the record
    if (!isNotFound(error)) throw error;
  }
}
