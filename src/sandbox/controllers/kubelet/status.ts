import type { V1Container } from '@kubernetes/client-node/dist/gen/models/V1Container.js';
import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import { type ApiObject, timestamp, view } from '../../api/object.ts';
import { imageId, type PodRuntime, type RunningContainer } from './runtime.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly lastProbeTime: string | null;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number | undefined;
  readonly reason?: string;
  readonly message?: string;
}

/** The status the kubelet reports for a pod. */
export function podStatus(pod: ApiObject, runtime: PodRuntime, nodeAddress: string): Record<string, unknown> {
  const spec = view<V1PodSpec>(pod.spec ?? {});
  const containers = spec.containers.map((container) => containerStatus(container, runtime));
  const running = spec.containers.filter(({ name }) => runtime.containers.get(name)?.state === 'running').length;
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name);
  const ready = unready.length === 0 && !runtime.stopping;
  const exited = [...runtime.containers.values()].filter(({ state }) => state === 'exited');
  const finished = exited.length === spec.containers.length && exited.length > 0;
  const failed = exited.some(({ exitCode }) => exitCode !== 0);
  const addresses = runtime.initialized ? (wishedAddresses(pod) ?? [runtime.ip]) : [];
  return {
    observedGeneration: pod.metadata.generation,
    phase: finished ? (failed ? 'Failed' : 'Succeeded') : running > 0 || runtime.stopping ? 'Running' : 'Pending',
    qosClass: pod.status?.qosClass,
    hostIP: nodeAddress,
    hostIPs: [{ ip: nodeAddress }],
    ...(addresses.length > 0 ? { podIP: addresses[0], podIPs: addresses.map((ip) => ({ ip })) } : {}),
    startTime: runtime.startTime,
    ...(spec.initContainers === undefined
      ? {}
      : { initContainerStatuses: spec.initContainers.map((container) => initStatus(container, runtime)) }),
    containerStatuses: containers,
    conditions: conditions(pod, runtime, unready, ready),
  };
}

/** This node follows what Calico, Kube-OVN and Antrea read: a list of addresses, as JSON or joined by commas. */
function wishedAddresses({ metadata: { annotations = {} } }: ApiObject): readonly string[] | undefined {
  const keys = ['cni.projectcalico.org/ipAddrs', 'ovn.kubernetes.io/ip_address', 'ipam.antrea.io/pod-ips'];
  const wish = keys.map((key) => annotations[key]).find((text) => text !== undefined);
  return wish?.match(/[0-9a-f]*[.:][0-9a-f.:]+/gi) ?? undefined;
}

function conditions(pod: ApiObject, runtime: PodRuntime, unready: readonly string[], ready: boolean): Condition[] {
  const previous = view<{ conditions?: Condition[] }>(pod.status ?? {}).conditions ?? [];
  const why = ready
    ? {}
    : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
  const wanted = [
    { type: 'PodReadyToStartContainers', status: truth(runtime.initialized) },
    { type: 'Initialized', status: truth(runtime.initialized) },
    { type: 'Ready', status: truth(ready), ...why },
    { type: 'ContainersReady', status: truth(ready), ...why },
  ];
  const mine = wanted.map((condition) => {
    const before = previous.find(({ type }) => type === condition.type);
    const same = before?.status === condition.status;
    return {
      ...condition,
      observedGeneration: pod.metadata.generation,
      lastProbeTime: null,
      lastTransitionTime: same && before !== undefined ? before.lastTransitionTime : timestamp(),
    };
  });
  const others = previous.filter(({ type }) => !wanted.some((condition) => condition.type === type));
  return [...mine, ...others];
}

function truth(value: boolean): string {
  return value ? 'True' : 'False';
}

function containerStatus(container: V1Container, runtime: PodRuntime) {
  const running = runtime.containers.get(container.name);
  const ready = running?.state === 'running' && running.started && !runtime.stopping;
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: running === undefined ? '' : imageId(container.image ?? ''),
    ...(running === undefined ? {} : { containerID: running.id }),
    ready,
    started: running?.state === 'running' && running.started,
    restartCount: running?.restartCount ?? 0,
    state: running === undefined ? { waiting: runtime.waiting } : stateOf(running, runtime.stopping),
    lastState: running?.last === undefined ? {} : { terminated: terminated(running.last) },
    ...(running === undefined ? {} : { resources: container.resources ?? {}, volumeMounts: mounts(container) }),
  };
}

function mounts({ volumeMounts = [] }: V1Container) {
  return volumeMounts.map(({ name, mountPath, readOnly }) =>
    readOnly ? { name, mountPath, readOnly, recursiveReadOnly: 'Disabled' } : { name, mountPath },
  );
}

function stateOf(container: RunningContainer, stopping: boolean) {
  const { id, startedAt, exitCode } = container;
  if (container.state === 'running' && !stopping) return { running: { startedAt } };
  return { terminated: terminated({ id, startedAt, finishedAt: timestamp(), exitCode }) };
}

function terminated(last: { id: string; startedAt: string; finishedAt: string; exitCode: number }) {
  return {
    exitCode: last.exitCode,
    reason: last.exitCode === 0 ? 'Completed' : 'Error',
    startedAt: last.startedAt,
    finishedAt: last.finishedAt,
    containerID: last.id,
  };
}

function initStatus(container: V1Container, runtime: PodRuntime) {
  const done = runtime.initialized;
  const at = runtime.startTime;
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: done ? imageId(container.image ?? '') : '',
    ready: done,
    started: false,
    restartCount: 0,
    state: done
      ? { terminated: { exitCode: 0, reason: 'Completed', startedAt: at, finishedAt: at } }
      : { waiting: { reason: 'PodInitializing' } },
    lastState: {},
  };
}
