import type { Cluster } from '../kubernetes/cluster.ts';
import { RefusedError } from './model.ts';

/** Something an action does to the API server, in RBAC's words. */
export interface Right {
  /** Empty for the core group. */
  readonly group: string;
  /** With its subresource: `pods/exec`. */
  readonly resource: string;
  readonly verb: string;
  /** Undefined for what belongs to no namespace. */
  readonly namespace: string | undefined;
}

interface AccessReview {
  readonly status?: { readonly allowed?: boolean };
}

/**
 * Rights by resource: `rights('bosh', { pods: 'get list', 'leases.coordination.k8s.io': 'create' })`.
 * @param namespace undefined for what belongs to none
 */
export function rights(namespace: string | undefined, verbs: Readonly<Record<string, string>>): readonly Right[] {
  return Object.entries(verbs).flatMap(([qualified, list]) => {
    const [resource = '', ...group] = qualified.split('.');
    return list.split(' ').map((verb) => ({ group: group.join('.'), resource, verb, namespace }));
  });
}

/**
 * Asks the API server whether all of it is allowed, before anything is done.
 * @throws RefusedError that names each verb and resource that is missing
 */
export async function requireRights(cluster: Cluster, needed: readonly Right[]): Promise<void> {
  const unique = new Map(needed.map((right) => [wordsOf(right), right]));
  const allowed = await Promise.all([...unique.values()].map((right) => isAllowed(cluster, right)));
  const missing = [...unique.keys()].filter((_words, index) => !allowed[index]);
  if (missing.length === 0) return;
  throw new RefusedError(
    `No right to ${missing.join(', ')}`,
    'Have them granted (manifests/operator-rbac.yml has all that actions need), or act with another context',
  );
}

async function isAllowed(cluster: Cluster, { group, resource, verb, namespace }: Right): Promise<boolean> {
  const [plural, subresource] = resource.split('/');
  const resourceAttributes = {
    group,
    resource: plural,
    verb,
    ...(subresource !== undefined && { subresource }),
    ...(namespace !== undefined && { namespace }),
  };
  const { status } = await cluster.json<AccessReview>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    },
  });
  return status?.allowed === true;
}

function wordsOf({ group, resource, verb, namespace }: Right): string {
  const where = namespace === undefined ? 'in the whole cluster' : `in namespace ${namespace}`;
  return `${verb} ${resource}${group === '' ? '' : `.${group}`} ${where}`;
}
