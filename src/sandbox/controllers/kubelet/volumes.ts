import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import type { V1Volume } from '@kubernetes/client-node/dist/gen/models/V1Volume.js';
import type { Cluster } from '../../../kubernetes/cluster.ts';
import { isNotFound } from '../../../kubernetes/errors.ts';
import { type ApiObject, view } from '../../api/object.ts';

/** What a pod's volumes hold, or why one cannot be mounted. */
export type Mounted =
  | { readonly files: ReadonlyMap<string, ReadonlyMap<string, Buffer>> }
  | { readonly failure: string };

interface Source {
  data?: Record<string, string>;
}

/**
 * Looks at every claim and Secret the pod mounts.
 * @returns per volume the files by relative path; a failure in the kubelet's words when something is missing
 */
export async function mountVolumes(cluster: Cluster, pod: ApiObject): Promise<Mounted> {
  const namespace = pod.metadata.namespace ?? '';
  const files = new Map<string, ReadonlyMap<string, Buffer>>();
  for (const volume of view<V1PodSpec>(pod.spec ?? {}).volumes ?? []) {
    const claim = volume.persistentVolumeClaim?.claimName;
    const failure = claim === undefined ? undefined : await claimFault(cluster, namespace, claim);
    if (failure !== undefined) return { failure };
    if (volume.secret === undefined) continue;
    const content = await readSecret(cluster, namespace, volume);
    if ('failure' in content) return content;
    files.set(volume.name, content.files);
  }
  return { files };
}

async function get(cluster: Cluster, path: string): Promise<ApiObject | undefined> {
  try {
    return await cluster.json<ApiObject>({ method: 'GET', path });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function claimFault(cluster: Cluster, namespace: string, name: string): Promise<string | undefined> {
  const claim = await get(cluster, `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`);
  if (claim === undefined) return `persistentvolumeclaim "${name}" not found`;
  if (claim.metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim "${name}" is being deleted`;
  return claim.status?.phase === 'Bound' ? undefined : `PVC ${namespace}/${name} is not bound`;
}

async function readSecret(
  cluster: Cluster,
  namespace: string,
  volume: V1Volume,
): Promise<{ files: Map<string, Buffer> } | { failure: string }> {
  const { secretName = '', items, optional } = volume.secret ?? {};
  const files = new Map<string, Buffer>();
  const secret = await get(cluster, `/api/v1/namespaces/${namespace}/secrets/${secretName}`);
  const setUp = `MountVolume.SetUp failed for volume "${volume.name}" :`;
  if (secret === undefined) return optional ? { files } : { failure: `${setUp} secret "${secretName}" not found` };
  const { data = {} } = view<Source>(secret);
  for (const { key, path } of items ?? Object.keys(data).map((name) => ({ key: name, path: name }))) {
    const value = data[key];
    if (value !== undefined) files.set(path, Buffer.from(value, 'base64'));
    else if (!optional) return { failure: `${setUp} references non-existent secret key: ${key}` };
  }
  return { files };
}
