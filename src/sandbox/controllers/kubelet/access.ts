import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import { addressAnnotation, metadataAnnotation } from '../../../bosh/labels.ts';
import { type ApiObject, view } from '../../api/object.ts';
import type { ContainerLog } from './container-log.ts';
import type { MachineFacts } from './machine.ts';
import type { PodRuntime } from './runtime.ts';

/**
 * What a machine tells of itself, from its pod as it is now.
 * @param attached claims that it has by attachments
 */
export function factsOf(pod: ApiObject, runtime: PodRuntime, attached: readonly string[]): MachineFacts {
  const { name, annotations = {} } = pod.metadata;
  const group = groupOf(annotations[metadataAnnotation]);
  const mounts = view<V1PodSpec>(pod.spec ?? {}).containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
  const within = mounts.map(({ mountPath }) => mountPath).filter((path) => path.startsWith('/mnt/'));
  const disks = [...within, ...attached.map((claim) => `/mnt/${claim}`)];
  return {
    hostname: name.replace(/^agent-/, ''),
    address: runtime.ip,
    promised: annotations[addressAnnotation]?.split(',') ?? [],
    processes: [...(group === undefined ? [] : [group]), 'bosh-dns', 'bosh-dns-healthcheck'],
    disks: disks.map((mount) => ({ mount, sizeGiB: 10 })),
    startedAt: Date.parse(runtime.startTime),
  };
}

function groupOf(metadata: string | undefined): string | undefined {
  if (metadata === undefined) return undefined;
  return (JSON.parse(metadata) as { instance_group?: string; job?: string }).instance_group;
}

/** The log of a container, or the kubelet's sentence on why there is none (validateContainerLogStatus in pkg/kubelet/kubelet_pods.go). */
export function logOf(
  name: string,
  container: string,
  runtime: PodRuntime | undefined,
  previous: boolean,
): ContainerLog | string {
  const running = runtime?.containers.get(container);
  const which = `container ${JSON.stringify(container)} in pod ${JSON.stringify(name)}`;
  if (previous) return running?.previousLog ?? `previous terminated ${which} not found`;
  if (running !== undefined) return running.log;
  const reason = runtime?.waiting?.reason ?? 'ContainerCreating';
  return `${which} is waiting to start: ${WAITING[reason] ?? reason}`;
}

const WAITING: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: 'trying and failing to pull image',
};
