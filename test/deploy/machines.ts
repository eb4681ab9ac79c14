import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { agentContainer, agentIdLabel } from '../../src/bosh/labels.ts';
import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { exec } from '../../src/kubernetes/exec.ts';
import { listIn } from '../support/objects.ts';

/** A machine as Kubernetes has it. */
export interface Machine {
  readonly name: string;
  readonly agent: string;
  readonly uid: string;
  readonly ip: string;
  readonly restarts: number;
  readonly isReady: boolean;
  readonly image: string;
  readonly containerId: string;
}

/** The machines of the namespace, by name; attachments of disks, which carry the same label, are none. */
export async function machines(cluster: Cluster): Promise<readonly Machine[]> {
  const pods = await listIn<V1Pod>(cluster, cluster.namespace, 'pods');
  return pods
    .filter(({ metadata, spec }) => metadata?.labels?.[agentIdLabel] && spec?.containers[0]?.name === agentContainer)
    .map(machineOf)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function machineOf({ metadata, spec, status }: V1Pod): Machine {
  const container = status?.containerStatuses?.[0];
  return {
    name: metadata?.name ?? '',
    agent: metadata?.labels?.[agentIdLabel] ?? '',
    uid: metadata?.uid ?? '',
    ip: status?.podIP ?? '',
    restarts: container?.restartCount ?? 0,
    isReady: container?.ready === true && container.state?.running !== undefined,
    image: spec?.containers[0]?.image ?? '',
    containerId: container?.containerID?.replace(/^.*:\/\//, '') ?? '',
  };
}

/** Runs a script in a machine. @throws Error with what it said when it fails */
export async function sh(cluster: Cluster, machine: string, script: string): Promise<string> {
  const { stdout, stderr, exitCode } = await exec(cluster, machine, agentContainer, ['/bin/bash', '-c', script]);
  if (exitCode !== 0) throw new Error(`${machine}: ${script}: ended with ${exitCode}: ${stderr}${stdout}`);
  return stdout.toString().trim();
}

/** What the job of a machine answers; undefined when nothing listens. */
export function asked(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connectTcp({ host: address, port: 8080, timeout: 3000 });
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text === '' ? undefined : text.trim()));
  });
}

/** Notes when containers of machines began to run, as a look every quarter of a second sees it. */
export function watchStarts(cluster: Cluster) {
  const runs = new Map<string, number>();
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      // an API server that is slow for a moment costs a look, not the suite
      for (const { agent, containerId } of await machines(cluster).catch(() => []))
        if (containerId !== '' && !runs.has(agent)) runs.set(agent, Date.now());
      await sleep(250);
    }
  })();
  return {
    /** When the first container of an agent's machine ran, in milliseconds as Date.now() gives them. */
    runs: runs as ReadonlyMap<string, number>,
    async stop(): Promise<void> {
      isOver = true;
      await watching;
    },
  };
}
