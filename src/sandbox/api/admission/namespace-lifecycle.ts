import type { ClusterState } from '../cluster-state.ts';
import { type Resource, resource } from '../resources.ts';
import { ApiStatus, notFound } from '../status.ts';

const NAMESPACES = resource('', 'namespaces');

/**
 * Nothing is created in a namespace that is absent or going.
 * @throws ApiStatus 404, 403
 */
export function admitNamespace({ store }: ClusterState, kind: Resource, namespace: string): void {
  if (!kind.namespaced) return;
  const found = store.get(NAMESPACES, '', namespace);
  if (found === undefined) throw notFound(NAMESPACES, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  throw new ApiStatus(
    403,
    'Forbidden',
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    {
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  );
}
