import type { Cluster } from '../../../src/kubernetes/cluster.ts';
import { isAlreadyExists, isNotFound } from '../../../src/kubernetes/errors.ts';

const GROUP = 'snapshot.storage.k8s.io';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const kinds = [
  { kind: 'VolumeSnapshot', plural: 'volumesnapshots', scope: 'Namespaced', status: true },
  { kind: 'VolumeSnapshotContent', plural: 'volumesnapshotcontents', scope: 'Cluster', status: true },
  { kind: 'VolumeSnapshotClass', plural: 'volumesnapshotclasses', scope: 'Cluster', status: false },
] as const;

/** Gives a cluster the snapshot kinds, without rules of their own, unless it has them. Resolves once they are served. */
export async function installSnapshotApi(cluster: Cluster): Promise<void> {
  for (const { kind, plural, scope, status } of kinds) {
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const subresources = status ? { subresources: { status: {} } } : {};
    const body = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: {
        name: `${plural}.${GROUP}`,
        // Names under k8s.io need a word on who approved them.
        annotations: { 'api-approved.kubernetes.io': 'unapproved, kinds without rules for tests' },
      },
      spec: {
        group: GROUP,
        scope,
        names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
        versions: [{ name: 'v1', served: true, storage: true, schema, ...subresources }],
      },
    };
    await cluster.json({ method: 'POST', path: DEFINITIONS, body }).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
  }
  for (const { plural } of kinds) await served(cluster, plural);
}

async function served(cluster: Cluster, plural: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      await cluster.json({ method: 'GET', path: `/apis/${GROUP}/v1/${plural}` });
      return;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`${plural} are not served`);
}
