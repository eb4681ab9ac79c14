import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { rightsFor } from '../cluster/workspace.ts';
import { createObject } from './objects.ts';

/** A namespace whose ServiceAccount `kubernetes-cpi` has the rights of manifests/rbac.yml. */
export interface Namespace {
  /** Of the ServiceAccount. */
  readonly token: string;
  /** Deletes it with everything in it, without waiting for it to be gone. */
  remove(): Promise<void>;
}

/** @param podSecurity level of Pod Security that is enforced */
export async function createNamespace(
  admin: Cluster,
  name: string,
  podSecurity: 'privileged' | 'baseline' = 'privileged',
): Promise<Namespace> {
  const path = `/api/v1/namespaces/${name}`;
  const labels = { 'pod-security.kubernetes.io/enforce': podSecurity };
  await createObject(admin, '/api/v1/namespaces', { metadata: { name, labels } });
  const rights = rightsFor(name);
  await Promise.all(rights.map((object) => createObject(admin, collectionOf(object), object)));
  const { status } = await admin.json<{ status: { token: string } }>({
    method: 'POST',
    path: `${path}/serviceaccounts/kubernetes-cpi/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7200 } },
  });
  return {
    token: status.token,
    async remove() {
      for (const object of rights.filter(({ kind }) => kind === 'ClusterRoleBinding')) {
        await admin.json({ method: 'DELETE', path: `${collectionOf(object)}/${object.metadata.name}` });
      }
      await admin.json({ method: 'DELETE', path });
    },
  };
}

/** Path of the collection of an object. */
export function collectionOf(object: { apiVersion: string; kind: string; metadata: { namespace?: string } }): string {
  const root = object.apiVersion.includes('/') ? `/apis/${object.apiVersion}` : `/api/${object.apiVersion}`;
  const scope = object.metadata.namespace === undefined ? '' : `/namespaces/${object.metadata.namespace}`;
  return `${root}${scope}/${object.kind.toLowerCase()}s`;
}
