import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { type Cluster, connect } from '../../src/kubernetes/cluster.ts';
import { exec } from '../../src/kubernetes/exec.ts';
import { follow } from '../../src/kubernetes/follow.ts';
import { loadKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';
import { machineScripts } from '../../src/vm/scripts.ts';
import { importIntoCluster, startCluster, stopCluster } from '../cluster/cluster.ts';
import { missingForNode } from '../cluster/node.ts';
import { type Flavour, stemcell } from '../stemcell/build.ts';

export interface MachineSpec {
  readonly name: string;
  readonly settings: unknown;
  /** names of claims */
  readonly disks?: readonly string[];
  readonly saved?: Readonly<Record<string, string>>;
  readonly addresses?: readonly string[];
}

export interface Node {
  readonly cluster: Cluster;
  /** path of the administrator's kubeconfig */
  readonly kubeconfig: string;
  /** where processes of this machine are reached from pods */
  readonly hostAddress: string;
  /** Makes the record and the pod as the CPI does; returns once the pod is Ready. */
  create(spec: MachineSpec): Promise<Running>;
  claim(): Promise<string>;
  remove(name: string): Promise<void>;
  sh(name: string, script: string): Promise<string>;
  follow<R>(name: string, decide: (pod: V1Pod | undefined) => R | undefined, seconds?: number): Promise<R>;
  /** Kills the first process of the machine's container, from outside. */
  kill(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface Running {
  readonly ip: string;
  readonly uid: string;
  /** when its container started, in milliseconds as Date.now() gives them */
  readonly startedAt: number;
}

/** What this machine lacks for tests on a real node; empty when nothing. */
export function missingForMachines(): readonly string[] {
  return missingForNode();
}

/**
 * A namespace on a real node that has the small stemcell. The cluster named by TEST_CLUSTER is used and left as it is;
 * without it one is started and stopped again. BOSH_AGENT names a real agent for the stemcell.
 */
export async function openNode(flavour: Flavour): Promise<Node> {
  const given = process.env.TEST_CLUSTER;
  const started = await startCluster({ name: given ?? 'machine', node: true });
  const agent = process.env.BOSH_AGENT;
  const { image, archive } = await stemcell({ flavour, ...(agent !== undefined && { agent }) });
  await importIntoCluster(started.name, archive);
  const namespace = `machine-${randomUUID().slice(0, 8)}`;
  const target = targetOf(await loadKubeconfig({ paths: [started.kubeconfig] }));
  const cluster = connect({ ...target, namespace });
  const core = `/api/v1/namespaces/${namespace}`;
  await cluster.json({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } } });

  const watchPod = <R>(name: string, decide: (pod: V1Pod | undefined) => R | undefined, seconds = 60): Promise<R> =>
    follow<V1Pod, R>(cluster, { path: `${core}/pods` }, name, { timeoutMs: seconds * 1000, decide });
  const shell = async (name: string, script: string): Promise<string> => {
    const { stdout, stderr, exitCode } = await exec(cluster, name, 'bosh-job', ['/bin/bash', '-c', script]);
    if (exitCode !== 0) throw new Error(`${script}: ended with ${exitCode}: ${stderr}${stdout}`);
    return stdout.toString().trim();
  };
  const drop = async (path: string, body: unknown): Promise<void> => {
    await cluster.json({ method: 'DELETE', path: `${core}/${path}`, body }).catch((error) => {
      if (error.status !== 404) throw error;
    });
  };

  const node: Node = {
    cluster,
    kubeconfig: started.kubeconfig,
    hostAddress: started.network?.hostAddress ?? '127.0.0.1',
    async create(spec) {
      const files = { ...machineScripts, 'settings.json': JSON.stringify(spec.settings), ...spec.saved };
      const secret = { metadata: { name: spec.name }, stringData: { ...files, 'record.json': '{}' } };
      await cluster.json({ method: 'POST', path: `${core}/secrets`, body: secret });
      await cluster.json({ method: 'POST', path: `${core}/pods`, body: podOf(spec, image) });
      const startedAt = await watchPod(spec.name, startTime);
      const pod = await watchPod(spec.name, (now) => (isReady(now) ? now : undefined), 120);
      return { ip: pod.status?.podIP ?? '', uid: pod.metadata?.uid ?? '', startedAt };
    },
    async claim() {
      const name = `disk-${randomUUID()}`;
      const spec = {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'local-wffc',
        resources: { requests: { storage: '16Mi' } },
      };
      await cluster.json({
        method: 'POST',
        path: `${core}/persistentvolumeclaims`,
        body: { metadata: { name }, spec },
      });
      return name;
    },
    async remove(name) {
      await drop(`pods/${name}`, { gracePeriodSeconds: 1 });
      await watchPod(name, (pod) => (pod === undefined ? true : undefined));
      await drop(`secrets/${name}`, {});
    },
    sh: shell,
    follow: watchPod,
    async kill(name) {
      const id = await watchPod(name, (pod) => containerOf(pod)?.containerID);
      process.kill(firstProcess(id.replace(/^.*:\/\//, '')), 'SIGKILL');
    },
    async close() {
      const { items } = await cluster.json<{ items: V1Pod[] }>({ method: 'GET', path: `${core}/pods` });
      for (const pod of items) await node.remove(pod.metadata?.name ?? '');
      await cluster.json({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}`, body: {} });
      cluster.close();
      if (given === undefined) await stopCluster(started.name);
    },
  };
  return node;
}

function podOf({ name, disks = [], addresses = [] }: MachineSpec, image: string) {
  const keys = [...Object.keys(machineScripts), 'settings.json', 'update_settings.json', 'records.json'];
  const items = [...keys, 'persistent_disk_hints.json', 'managed_disk_settings.json'].map((key) => ({
    key,
    path: key,
  }));
  return {
    metadata: { name },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'bosh-job',
          image,
          imagePullPolicy: 'Never',
          command: ['/bin/bash', '/bosh-cpi/entrypoint'],
          env: [{ name: 'BOSH_CPI_ADDRESSES', value: addresses.join(' ') }],
          securityContext: { privileged: true },
          startupProbe: {
            exec: { command: ['/bin/bash', '/bosh-cpi/agent-up'] },
            periodSeconds: 1,
            timeoutSeconds: 5,
            failureThreshold: 600,
          },
          volumeMounts: [
            { name: 'record', mountPath: '/bosh-cpi', readOnly: true },
            { name: 'vcap', mountPath: '/vcap' },
            ...disks.map((disk) => ({ name: disk, mountPath: `/mnt/${disk}` })),
          ],
        },
      ],
      volumes: [
        { name: 'record', secret: { secretName: name, defaultMode: 0o400, optional: true, items } },
        { name: 'vcap', emptyDir: {} },
        ...disks.map((disk) => ({ name: disk, persistentVolumeClaim: { claimName: disk } })),
      ],
    },
  };
}

const containerOf = (pod: V1Pod | undefined) => pod?.status?.containerStatuses?.[0];

export function restartsOf(pod: V1Pod | undefined): number {
  return containerOf(pod)?.restartCount ?? 0;
}

export function isReady(pod: V1Pod | undefined): boolean {
  return containerOf(pod)?.ready === true && containerOf(pod)?.state?.running !== undefined;
}

/** Seen by a watch, so to a few milliseconds; the pod's own times are whole seconds. */
function startTime(pod: V1Pod | undefined): number | undefined {
  const waiting = containerOf(pod)?.state?.waiting;
  if (waiting?.reason !== undefined && /Err|BackOff|Invalid/.test(waiting.reason))
    throw new Error(`${waiting.reason}: ${waiting.message}`);
  return containerOf(pod)?.state?.running === undefined ? undefined : Date.now();
}

/** This machine's id of process 1 of a container: in the container's control group, and first in its own process namespace. */
export function firstProcess(containerId: string): number {
  for (const pid of readdirSync('/proc')) {
    try {
      if (!/^\d+$/.test(pid) || !readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(containerId)) continue;
      if (/^NSpid:.*\s1$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return Number(pid);
    } catch {
      // it ended between the look and the read
    }
  }
  throw new Error(`no process of container ${containerId}`);
}
