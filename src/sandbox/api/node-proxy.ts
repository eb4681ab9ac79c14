import { request as httpsRequest } from 'node:https';
import type { V1NodeStatus } from '@kubernetes/client-node/dist/gen/models/V1NodeStatus.js';
import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import type { ClusterState } from './cluster-state.ts';
import { view } from './object.ts';
import type { ApiRequest } from './request.ts';
import { resource } from './resources.ts';
import { badRequest, internal } from './status.ts';
import { getObject } from './write.ts';

/** The kubelet's address for one container. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** `pods/log`: asked of the kubelet. */
export async function readLog(cluster: ClusterState, request: ApiRequest): Promise<string | undefined> {
  // A pod without a node has no log yet, which is no error.
  if (!getObject(cluster, resource('', 'pods'), request.namespace, request.name).spec?.nodeName) return undefined;
  const target = findContainer(cluster, request, 'containerLogs');
  return new Promise((resolve, reject) => {
    const call = httpsRequest({ ...target, rejectUnauthorized: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(text);
        else reject(badRequest(text));
      });
    });
    call.on('error', (error) => reject(internal(`Get "https://${target.host}:${target.port}": ${error.message}`)));
    call.end();
  });
}

/**
 * Where the kubelet answers for the container a request is about.
 * @throws ApiStatus 404, 400
 */
export function findContainer(
  cluster: ClusterState,
  { namespace, name, query }: ApiRequest,
  action: 'exec' | 'containerLogs' = 'exec',
): Upstream {
  const pod = getObject(cluster, resource('', 'pods'), namespace, name);
  const spec = view<V1PodSpec>(pod.spec ?? {});
  const container = query.get('container') || pickContainer(spec, name);
  if (!spec.containers.some((candidate) => candidate.name === container)) {
    throw badRequest(`container ${container} is not valid for pod ${name}`);
  }
  if (!spec.nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
  const node = getObject(cluster, resource('', 'nodes'), '', spec.nodeName);
  const status = view<V1NodeStatus>(node.status ?? {});
  const host = status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? spec.nodeName;
  const port = status.daemonEndpoints?.kubeletEndpoint?.Port ?? 10250;
  const passed = new URLSearchParams();
  const wire: Record<string, string> = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' };
  for (const [from, to] of Object.entries(wire)) if (/^(1|true)$/.test(query.get(from) ?? '')) passed.set(to, '1');
  for (const command of query.getAll('command')) passed.append('command', command);
  return { host, port, path: `/${action}/${namespace}/${name}/${container}?${passed}` };
}

function pickContainer(spec: V1PodSpec, pod: string): string {
  const [first, ...others] = spec.containers.map(({ name }) => name);
  if (others.length > 0) {
    throw badRequest(
      `a container name must be specified for pod ${pod}, choose one of: [${[first, ...others].join(' ')}]`,
    );
  }
  return first ?? '';
}
