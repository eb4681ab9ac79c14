import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { isAlreadyExists, isNotFound } from '../../src/kubernetes/errors.ts';

/** Makes an object unless it is there. @param path of its collection */
export async function createObject(admin: Cluster, path: string, body: object): Promise<void> {
  try {
    await admin.json({ method: 'POST', path, body });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** `services/web` and `policy/v1/poddisruptionbudgets/x` in a namespace. */
export function pathIn(namespace: string, path: string): string {
  const parts = path.split('/');
  const isCore = !(parts[1]?.startsWith('v1') && parts.length > 2);
  if (isCore) return `/api/v1/namespaces/${namespace}/${path}`;
  const [group, version, ...rest] = parts;
  return `/apis/${group}/${version}/namespaces/${namespace}/${rest.join('/')}`;
}

/** An object of a namespace by the path below it, or undefined. */
export async function getIn<T>(admin: Cluster, namespace: string, path: string): Promise<T | undefined> {
  try {
    return await admin.json<T>({ method: 'GET', path: pathIn(namespace, path) });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The objects of a collection, by the path below its namespace; none where the API server does not know it. */
export async function listIn<T>(admin: Cluster, namespace: string, path: string): Promise<readonly T[]> {
  return (await getIn<{ items: readonly T[] }>(admin, namespace, path))?.items ?? [];
}

/** Everything the CPI may make, by the path below a namespace. */
const collections = [
  'pods',
  'secrets',
  'services',
  'persistentvolumeclaims',
  'policy/v1/poddisruptionbudgets',
  'snapshot.storage.k8s.io/v1/volumesnapshots',
];

/** Names of everything in a namespace that the CPI may have made, as `services/web`. */
export async function objectsIn(admin: Cluster, namespace: string): Promise<readonly string[]> {
  const found = await Promise.all(
    collections.map(async (path) => {
      const items = await listIn<{ metadata: { name: string } }>(admin, namespace, path);
      return items.map(({ metadata }) => `${path.split('/').at(-1)}/${metadata.name}`);
    }),
  );
  return found.flat().sort();
}
