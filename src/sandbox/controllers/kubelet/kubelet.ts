import type { V1Container } from '@kubernetes/client-node/dist/gen/models/V1Container.js';
import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import type { V1PodStatus } from '@kubernetes/client-node/dist/gen/models/V1PodStatus.js';
import type { Cluster } from '../../../kubernetes/cluster.ts';
import { isConflict, isNotFound } from '../../../kubernetes/errors.ts';
import { type ApiObject, view } from '../../api/object.ts';
import type { Shift } from '../../backdate.ts';
import { createRecorder } from '../events.ts';
import { inform, keyOf } from '../informer.ts';
import { createQueue } from '../queue.ts';
import { factsOf, logOf } from './access.ts';
import { createAddresses } from './addresses.ts';
import { startExecServer } from './exec-server.ts';
import { restoreAgentState } from './machine.ts';
import { type NodeOptions, registerNode } from './node.ts';
import { pullFault, sayPullFault } from './pull.ts';
import {
  adoptContainer,
  backdateRuntime,
  type ContainerSetting,
  createRuntime,
  type PodRuntime,
  type RunningContainer,
  restartContainer,
  startContainer,
} from './runtime.ts';
import { createSharedMounts } from './shared-mounts.ts';
import type { CommandResult } from './shell/command.ts';
import { podStatus } from './status.ts';
import { mountVolumes } from './volumes.ts';

export interface KubeletOptions extends NodeOptions {
  /** First two numbers of the pods' addresses. */
  readonly podNetwork?: string;
  /** How long pulling and starting takes, in milliseconds; asked for each pod. */
  readonly startMs?: () => number;
  /** How long a machine takes to stop, in milliseconds; never longer than the pod's grace. */
  readonly stopMs?: number;
  /** How long to wait before trying failed mounts and pulls again, in milliseconds. */
  readonly retryMs?: number;
  /** Decides whether an image can be pulled; the message of a pull that fails. */
  readonly pull?: (image: string) => string | undefined;
  /** Whether a pod that is being deleted hangs, as with a volume that cannot be unmounted. */
  readonly holds?: (pod: ApiObject) => boolean;
  /** Agents go on talking in the logs of their machines. */
  readonly agentLog?: boolean;
  /** Runs a command before the toy machine does; undefined leaves it to that. */
  readonly exec?: (pod: ApiObject, container: string, command: readonly string[]) => CommandResult | undefined;
}

export interface Kubelet {
  readonly port: number;
  /** Whether the pod runs here. */
  runs(namespace: string, pod: string): boolean;
  /** Puts a file into a running machine. */
  plant(namespace: string, pod: string, path: string, content: string): void;
  /** A file of a running machine. */
  read(namespace: string, pod: string, path: string): string | undefined;
  /** Ends a container as the kernel would: it is started again. */
  kill(namespace: string, pod: string, container?: string): void;
  /** Moves the times of a pod's life on this node, whose object is told of it beside. */
  backdate(namespace: string, pod: string, shift: Shift): void;
  /** Has a process of a machine use one of its disks, until the function that it returns is called. */
  hold(namespace: string, vm: string, claim: string, who: string): () => void;
  /** Has a container write a line. */
  say(namespace: string, pod: string, text: string): void;
  stop(): Promise<void>;
}

const NODE_ADDRESS = '127.0.0.1';

/** Runs a node that runs nothing: pods bound to it go through their phases, exec and logs answer. */
export async function startKubelet(cluster: Cluster, options: KubeletOptions): Promise<Kubelet> {
  const { startMs = () => 5, stopMs = 5, retryMs = 250, pull = pullFault } = options;
  const record = createRecorder(cluster, 'kubelet', options.name);
  const runtimes = new Map<string, PodRuntime>();
  const shared = createSharedMounts();
  const addresses = createAddresses(options.podNetwork ?? '10.88');
  const queue = createQueue(sync);
  const pods = await inform(cluster, '/api/v1/pods', {
    fieldSelector: `spec.nodeName=${options.name}`,
    onChange(current, previous) {
      const pod = current ?? previous;
      if (pod === undefined) return;
      if (current === undefined || (previous && previous.metadata.uid !== current.metadata.uid)) forget(previous);
      queue.add(keyOf(pod));
    },
  });
  const server = await startExecServer(options.name, {
    exec(namespace, name, container) {
      const pod = pods.get(namespace, name);
      const running = pod && runtimes.get(pod.metadata.uid)?.containers.get(container);
      if (pod === undefined || running?.state !== 'running') return undefined;
      return { machine: running.machine, run: (command) => run(pod, running, command) };
    },
    log(namespace, name, container, previous) {
      const pod = pods.get(namespace, name);
      return logOf(name, container, pod && runtimes.get(pod.metadata.uid), previous);
    },
  });
  const unregister = await registerNode(cluster, options, server.port);

  function run(pod: ApiObject, { name, machine }: RunningContainer, command: readonly string[]): CommandResult {
    return options.exec?.(pod, name, command) ?? shared.run(pod, machine, command) ?? machine.run(command);
  }

  function find(namespace: string, name: string, container?: string) {
    const pod = pods.get(namespace, name);
    const runtime = pod && runtimes.get(pod.metadata.uid);
    return container === undefined ? runtime?.containers.values().next().value : runtime?.containers.get(container);
  }

  function forget(pod: ApiObject | undefined): void {
    const runtime = pod && runtimes.get(pod.metadata.uid);
    if (runtime === undefined) return;
    for (const { log } of runtime.containers.values()) log.end();
    addresses.release(runtime.ip);
    runtimes.delete(runtime.uid);
  }

  /** One look at a pod: does the next step, and says when to look again. */
  async function sync(key: string): Promise<number | undefined> {
    const [namespace = '', name = ''] = key.split('/');
    const pod = pods.get(namespace, name);
    if (pod === undefined || ['Succeeded', 'Failed'].includes(String(pod.status?.phase))) return undefined;
    let runtime = runtimes.get(pod.metadata.uid);
    if (pod.metadata.deletionTimestamp !== undefined) return await terminate(pod, runtime);
    if (runtime === undefined) {
      const { phase, podIP } = view<V1PodStatus>(pod.status ?? {});
      if (phase === 'Running' && podIP !== undefined) return adopt(pod, podIP);
      const onHost = view<V1PodSpec>(pod.spec ?? {}).hostNetwork === true;
      runtime = createRuntime(pod.metadata.uid, onHost ? NODE_ADDRESS : addresses.take());
      runtimes.set(runtime.uid, runtime);
    }
    const delay = runtime.initialized ? await probe(pod, runtime) : await setUp(pod, runtime);
    await report(pod, runtime);
    return delay;
  }

  /** Goes on with a pod that ran already. */
  function adopt(pod: ApiObject, address: string): undefined {
    const { startTime, containerStatuses = [] } = view<V1PodStatus>(pod.status ?? {});
    const runtime = { ...createRuntime(pod.metadata.uid, address), startTime: String(startTime) };
    Object.assign(runtime, { pulled: true, initialized: true });
    for (const container of view<V1PodSpec>(pod.spec ?? {}).containers) {
      const status = containerStatuses.find(
        ({ name, state }) => name === container.name && state?.running !== undefined,
      );
      if (status === undefined) continue;
      runtime.containers.set(
        container.name,
        adoptContainer(container, settingOf(pod, runtime, container.name), status),
      );
    }
    shared.begin(pod);
    runtime.reported = JSON.stringify(podStatus(pod, runtime, NODE_ADDRESS));
    runtimes.set(runtime.uid, runtime);
  }

  function settingOf(pod: ApiObject, runtime: PodRuntime, container: string): ContainerSetting {
    const { namespace = '', name } = pod.metadata;
    return {
      speaker: options.agentLog ? name : undefined,
      // as it is when it is asked: metadata comes after the start
      facts: () => factsOf(pods.get(namespace, name) ?? pod, runtime, shared.of(pod)),
      onReboot: () => setTimeout(() => restart(pod, container, 137), 1),
    };
  }

  async function setUp(pod: ApiObject, runtime: PodRuntime): Promise<number | undefined> {
    const spec = view<V1PodSpec>(pod.spec ?? {});
    const mounted = await mountVolumes(cluster, pod);
    if ('failure' in mounted) {
      record(pod, 'Warning', 'FailedMount', mounted.failure);
      return retryMs;
    }
    const containers = [...(spec.initContainers ?? []), ...spec.containers];
    for (const { image = '' } of containers) {
      const fault = pull(image);
      if (fault === undefined) continue;
      sayPullFault(record, pod, runtime, image, fault);
      return retryMs;
    }
    const delay = startMs();
    if (!runtime.pulled && delay > 0) {
      runtime.pulled = true;
      runtime.waiting = { reason: 'ContainerCreating' };
      return delay;
    }
    runtime.initialized = true;
    for (const container of spec.containers) start(pod, runtime, container, mounted.files);
    return spec.containers.some(({ startupProbe }) => startupProbe) ? 0 : undefined;
  }

  function start(
    pod: ApiObject,
    runtime: PodRuntime,
    container: V1Container,
    files: ReadonlyMap<string, ReadonlyMap<string, Buffer>>,
  ): void {
    const running = startContainer(container, settingOf(pod, runtime, container.name));
    for (const { name, mountPath, subPath } of container.volumeMounts ?? []) {
      for (const [path, content] of files.get(name) ?? []) {
        if (subPath === undefined) running.machine.mounts.set(`${mountPath}/${path}`, content);
        else if (subPath === path) running.machine.mounts.set(mountPath, content);
      }
    }
    restoreAgentState(running.machine);
    shared.begin(pod);
    runtime.containers.set(container.name, running);
    record(pod, 'Normal', 'Pulled', `Container image "${container.image}" already present on machine`);
    record(pod, 'Normal', 'Created', `Created container: ${container.name}`);
    record(pod, 'Normal', 'Started', `Started container ${container.name}`);
  }

  function restart(pod: ApiObject, name: string, exitCode: number): void {
    const running = runtimes.get(pod.metadata.uid)?.containers.get(name);
    const spec = view<V1PodSpec>(pod.spec ?? {});
    if (running === undefined) return;
    if (spec.restartPolicy === 'Never') {
      Object.assign(running, { state: 'exited', exitCode });
      running.log.end();
    } else {
      shared.begin(pod);
      restartContainer(running, Boolean(spec.containers.find((one) => one.name === name)?.startupProbe), exitCode);
    }
    queue.add(keyOf(pod));
  }

  /** Runs the startup probes that have not succeeded yet. */
  async function probe(pod: ApiObject, runtime: PodRuntime): Promise<number | undefined> {
    let waiting = false;
    for (const container of view<V1PodSpec>(pod.spec ?? {}).containers) {
      const running = runtime.containers.get(container.name);
      if (running === undefined || running.started) continue;
      const command = container.startupProbe?.exec?.command ?? [];
      running.started = command.length === 0 || run(pod, running, command).exitCode === 0;
      waiting ||= !running.started;
    }
    return waiting ? Math.min(retryMs, 50) : undefined;
  }

  async function terminate(pod: ApiObject, runtime: PodRuntime | undefined): Promise<number | undefined> {
    const { name, namespace, uid, deletionGracePeriodSeconds = 0 } = pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    if (runtime !== undefined && !runtime.stopping) {
      for (const container of runtime.containers.values())
        record(pod, 'Normal', 'Killing', `Stopping container ${container.name}`);
      runtime.stopping = true;
      shared.end(pod);
      if (stopMs > 0) return Math.min(stopMs, deletionGracePeriodSeconds * 1000);
    }
    if (runtime?.initialized) await report(pod, runtime);
    if (options.holds?.(pod)) return undefined;
    try {
      await cluster.json({ method: 'DELETE', path, body: { gracePeriodSeconds: 0, preconditions: { uid } } });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
    return undefined;
  }

  async function report(pod: ApiObject, runtime: PodRuntime): Promise<void> {
    const status = podStatus(pod, runtime, NODE_ADDRESS);
    const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/status`;
    const metadata = { uid: pod.metadata.uid };
    const text = JSON.stringify(status);
    if (runtime.reported === text) return;
    runtime.reported = text;
    try {
      await cluster.json({ method: 'PATCH', path, body: { metadata, status } });
    } catch (error) {
      // Gone, or made again under the same name: the watch says so.
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  return {
    port: server.port,
    runs: (namespace, pod) => find(namespace, pod) !== undefined,
    plant(namespace, pod, path, content) {
      const container = find(namespace, pod);
      if (container === undefined) throw new Error(`pod ${namespace}/${pod} does not run here`);
      container.machine.files.set(path, Buffer.from(content));
    },
    read: (namespace, pod, path) => {
      const machine = find(namespace, pod)?.machine;
      return (machine?.files.get(path) ?? machine?.mounts.get(path))?.toString();
    },
    kill(namespace, name, container) {
      const pod = pods.get(namespace, name);
      const running = find(namespace, name, container);
      if (pod === undefined || running === undefined) throw new Error(`pod ${namespace}/${name} does not run here`);
      restart(pod, running.name, 137);
    },
    backdate(namespace, name, shift) {
      const pod = pods.get(namespace, name);
      const runtime = pod && runtimes.get(pod.metadata.uid);
      if (runtime !== undefined) backdateRuntime(runtime, shift);
    },
    hold: shared.hold,
    say: (namespace, pod, text) => find(namespace, pod)?.log.append(text),
    async stop() {
      queue.stop();
      pods.stop();
      server.stop();
      await unregister();
    },
  };
}
