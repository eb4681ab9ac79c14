import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import type { V1NodeStatus } from '@kubernetes/client-node/dist/gen/models/V1NodeStatus.js';
import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import type { ClusterState } from './cluster-state.ts';
import { logOptions } from './log-options.ts';
import { type ApiObject, view } from './object.ts';
import type { ApiRequest } from './request.ts';
import { resource } from './resources.ts';
import { badRequest, internal, notFound } from './status.ts';
import { getObject } from './write.ts';

/** The kubelet's address for one container. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/**
 * `pods/log`: asked of the kubelet.
 * @returns the log as it comes; undefined for a pod without a node, which has no log yet and is no error
 * @throws ApiStatus 400 with the kubelet's words, 404, 422
 */
export async function openLog(cluster: ClusterState, request: ApiRequest): Promise<IncomingMessage | undefined> {
  const options = logOptions(request);
  const pod = getObject(cluster, resource('', 'pods'), request.namespace, request.name);
  const container = containerOf(pod, request);
  if (!pod.spec?.nodeName) return undefined;
  const target = { ...kubeletOf(cluster, pod), path: `/containerLogs/${pathOf(pod, container)}?${options}` };
  return new Promise((resolve, reject) => {
    const call = httpsRequest({ ...target, rejectUnauthorized: false }, (response) => {
      if (response.statusCode === 200) return resolve(response);
      text(response).then((why) => reject(badRequest(why)), reject);
    });
    call.on('error', (error) => reject(internal(`Get "https://${target.host}:${target.port}": ${error.message}`)));
    call.end();
  });
}

/**
 * Where the kubelet answers for the container an exec is about.
 * @throws ApiStatus 404, 400
 */
export function findContainer(cluster: ClusterState, request: ApiRequest): Upstream {
  const { query } = request;
  const pod = getObject(cluster, resource('', 'pods'), request.namespace, request.name);
  const container = containerOf(pod, request);
  if (!pod.spec?.nodeName) throw badRequest(`pod ${request.name} does not have a host assigned`);
  const passed = new URLSearchParams();
  const wire: Record<string, string> = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' };
  for (const [from, to] of Object.entries(wire)) if (/^(1|true)$/.test(query.get(from) ?? '')) passed.set(to, '1');
  for (const command of query.getAll('command')) passed.append('command', command);
  return { ...kubeletOf(cluster, pod), path: `/exec/${pathOf(pod, container)}?${passed}` };
}

function kubeletOf(cluster: ClusterState, pod: ApiObject): { host: string; port: number } {
  const name = String(pod.spec?.nodeName);
  const node = cluster.store.get(resource('', 'nodes'), '', name);
  // in a real server's words: the kind is the pod's, the name the node's
  if (node === undefined) throw notFound(resource('', 'pods'), name);
  const status = view<V1NodeStatus>(node.status ?? {});
  const host = status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? name;
  return { host, port: status.daemonEndpoints?.kubeletEndpoint?.Port ?? 10250 };
}

function pathOf({ metadata }: ApiObject, container: string): string {
  return [metadata.namespace ?? '', metadata.name, container].map(encodeURIComponent).join('/');
}

function containerOf(pod: ApiObject, { query, name }: ApiRequest): string {
  const { containers, initContainers = [] } = view<V1PodSpec>(pod.spec ?? {});
  const given = query.get('container');
  const all = [...initContainers, ...containers].map((one) => one.name);
  if (!given && containers.length > 1) {
    const names = all.join(' ');
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names}]`);
  }
  const container = given || (containers[0]?.name ?? '');
  if (!all.includes(container)) throw badRequest(`container ${container} is not valid for pod ${name}`);
  return container;
}
