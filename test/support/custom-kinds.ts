import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { waitFor } from '../cluster/wait.ts';
import { createObject } from './objects.ts';

/** A kind of a network plugin's, as far as an API server cares. */
export interface CustomKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly scope: 'Cluster' | 'Namespaced';
}

/** What Multus and OVN-Kubernetes know networks by. */
export const attachmentDefinition: CustomKind = {
  group: 'k8s.cni.cncf.io',
  version: 'v1',
  plural: 'network-attachment-definitions',
  kind: 'NetworkAttachmentDefinition',
  scope: 'Namespaced',
};

/** Makes kinds that hold anything, and waits until they are served. @returns what takes them away, and all objects of them */
export async function installKinds(admin: Cluster, kinds: readonly CustomKind[]): Promise<() => Promise<void>> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  for (const { group, version, plural, kind, scope } of kinds) {
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const versions = [{ name: version, served: true, storage: true, schema }];
    const names = { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` };
    await createObject(admin, path, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: { group, scope, names, versions },
    });
  }
  for (const { group, version, plural } of kinds) {
    await waitFor(`${plural}.${group} is served`, 30_000, () =>
      admin.json<object>({ method: 'GET', path: `/apis/${group}/${version}/${plural}` }),
    );
  }
  return async () => {
    for (const { group, plural } of kinds) await admin.json({ method: 'DELETE', path: `${path}/${plural}.${group}` });
  };
}
