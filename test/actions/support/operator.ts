import { join } from 'node:path';
import { root } from '../../../scripts/root.ts';
import { type Cluster, connect } from '../../../src/kubernetes/cluster.ts';
import { parseKubeconfig, targetOf } from '../../../src/kubernetes/kubeconfig.ts';
import { type Manifest, rightsFor } from '../../cluster/workspace.ts';
import type { Backend } from '../../support/backend.ts';
import { type Kubeconfig, kubeconfigFor } from '../../support/kubeconfig.ts';
import { collectionOf } from '../../support/namespace.ts';
import { createObject } from '../../support/objects.ts';

/** Somebody with the rights of manifests/operator-rbac.yml, or fewer. */
export interface Operator {
  readonly cluster: Cluster;
  readonly kubeconfig: Kubeconfig;
  remove(): Promise<void>;
}

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/**
 * Makes a ServiceAccount with an operator's rights.
 * @param without one of them, as `patch persistentvolumes`
 * @param through another server in front of the backend's
 */
export async function createOperator(
  { admin, server, authority }: Backend,
  namespace: string,
  name: string,
  without?: string,
  through?: { readonly server: string; readonly authority: string },
): Promise<Operator> {
  const [verb, resource] = without?.split(' ') ?? [];
  const roles = rightsFor(namespace, join(root, 'manifests/operator-rbac.yml')).map((manifest) => ({
    ...manifest,
    metadata: { ...manifest.metadata, name: `${name}-${namespace}` },
    rules: (manifest.rules as readonly Rule[]).map((rule) =>
      rule.resources.includes(resource ?? '') ? { ...rule, verbs: rule.verbs.filter((each) => each !== verb) } : rule,
    ),
  }));
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const bindings: Manifest[] = roles.map(({ apiVersion, kind, metadata }) => ({
    apiVersion,
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: metadata.name },
    subjects,
  }));
  const account: Manifest = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } };
  for (const object of [account, ...roles, ...bindings]) await createObject(admin, collectionOf(object), object);
  const { status } = await admin.json<{ status: { token: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7200 } },
  });
  const { token } = status;
  const where = through ?? { server, authority };
  const kubeconfig = kubeconfigFor(where.server, where.authority, { token }, namespace);
  const cluster = connect(targetOf(await parseKubeconfig(kubeconfig)));
  return {
    cluster,
    kubeconfig,
    async remove() {
      cluster.close();
      const path = '/apis/rbac.authorization.k8s.io/v1';
      for (const kind of ['clusterroles', 'clusterrolebindings']) {
        await admin.json({ method: 'DELETE', path: `${path}/${kind}/${name}-${namespace}` });
      }
    },
  };
}
