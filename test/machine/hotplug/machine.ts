import { randomUUID } from 'node:crypto';
import type { V1Pod } from '@kubernetes/client-node/dist/gen/models/V1Pod.js';
import { exec } from '../../../src/kubernetes/exec.ts';
import { waitFor } from '../../cluster/wait.ts';
import { callAgent, httpsSettings } from '../agent.ts';
import { isReady, restartsOf } from '../node.ts';
import { type Mount, parseMounts } from './node-side.ts';
import type { Attach, Site } from './site.ts';

/** A machine as a Director has it: called through the CPI and through its agent. */
export interface Machine {
  readonly vm: string;
  readonly agentId: string;
  cpi(method: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Calls its agent, wherever its pod now is. */
  agent(method: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Waits until the agent answers. */
  answers(): Promise<void>;
  sh(script: string): Promise<string>;
  mounts(): Promise<readonly Mount[]>;
  /** Attaches a disk as a Director does, and has the agent mount it. */
  attach(disk: string, attach?: Attach): Promise<void>;
  /** Detaches a disk as a Director does, after the agent let it go. */
  detach(disk: string, attach?: Attach): Promise<void>;
  identity(): Promise<Identity>;
  /** Ends its container by `end`, and waits until it is up again with its agent. */
  restart(end: () => Promise<unknown>): Promise<void>;
}

/** What stays of a machine that is left in peace. */
export interface Identity {
  readonly uid: string | undefined;
  readonly startedAt: string;
  readonly ip: string | undefined;
  readonly data: string;
  readonly credentials: string;
}

/** Makes a machine with some disks attached from its start; its agent is up. @param agentId that of an earlier life, or a new one */
export async function createMachine(
  site: Site,
  disks: readonly string[] = [],
  {
    agentId = randomUUID(),
    attach = 'hotplug' as Attach,
    properties = {} as Readonly<Record<string, unknown>>,
    network = { type: 'dynamic' } as Readonly<Record<string, unknown>>,
  } = {},
): Promise<Machine> {
  const { env } = httpsSettings(agentId);
  await site.cpi('create_vm', [agentId, site.image, properties, { default: network }, disks, env], attach);
  const machine = machineOf(site, agentId, attach);
  await machine.answers();
  // what a Director's first update_settings brings, and what a machine is lost without
  await machine.agent('update_settings', { disk_associations: [], trusted_certs: '' });
  return machine;
}

function machineOf(site: Site, agentId: string, made: Attach): Machine {
  const vm = `agent-${agentId}`;
  const call = (method: string, args: readonly unknown[], attach = made) => site.cpi(method, [vm, ...args], attach);
  const agent = async (method: string, ...args: readonly unknown[]): Promise<unknown> =>
    callAgent((await site.pod(vm))?.status?.podIP ?? '', method, ...args);
  const answers = async (): Promise<void> => {
    await waitFor(`the agent of ${vm} answers`, 60_000, async () => (await agent('ping')) === 'pong' || undefined, 200);
  };
  const sh = async (script: string): Promise<string> => {
    const { stdout, stderr, exitCode } = await exec(site.admin, vm, 'bosh-job', ['/bin/bash', '-c', script]);
    if (exitCode !== 0) throw new Error(`${script}: ended with ${exitCode}: ${stderr}${stdout}`);
    return stdout.toString().trim();
  };
  return {
    vm,
    agentId,
    cpi: (method, ...args) => call(method, args),
    agent,
    answers,
    sh,
    mounts: async () => parseMounts(await sh('cat /proc/self/mountinfo')),
    async attach(disk, attach) {
      const hint = await call('attach_disk', [disk], attach);
      if (hint !== `/mnt/${disk}`) throw new Error(`attach_disk answered ${JSON.stringify(hint)}`);
      await answers();
      await agent('add_persistent_disk', disk, hint);
      await agent('mount_disk', disk);
    },
    async detach(disk, attach) {
      await agent('unmount_disk', disk);
      await agent('remove_persistent_disk', disk);
      await call('detach_disk', [disk], attach);
    },
    async identity() {
      const pod = await site.pod(vm);
      const credentials = await sh('cat /var/vcap/bosh/update_settings.json');
      const data = await sh('cat /var/vcap/data/mark 2> /dev/null || true');
      return { uid: pod?.metadata?.uid, startedAt: startOf(pod), ip: pod?.status?.podIP, data, credentials };
    },
    async restart(end) {
      const before = restartsOf(await site.pod(vm));
      await end();
      await site.follow(vm, (pod) => (restartsOf(pod) > before && isReady(pod) ? true : undefined));
      await answers();
    },
  };
}

/** When a pod's container started; as the API gives it, in whole seconds. */
function startOf(pod: V1Pod | undefined): string {
  return String(pod?.status?.containerStatuses?.[0]?.state?.running?.startedAt);
}

/** The name of the pod that brings a disk to a machine. */
export function attachmentOf(disk: string): string {
  return `attachment-${disk}`;
}

/** Makes a disk of so many MiB, bound at once. */
export async function createDisk(site: Site, mebibytes = 32): Promise<string> {
  const disk = (await site.cpi('create_disk', [mebibytes, {}])) as string;
  await site.volume(disk);
  return disk;
}

/**
 * Gives a disk that no machine has a file system of its own, which has an end, in the place of the provisioner's folder.
 * @returns grows it, as a driver does on the node; the file system is in memory and goes with the node
 */
export async function giveFileSystem(
  site: Site,
  disk: string,
  mebibytes: number,
): Promise<(mebibytes: number) => Promise<void>> {
  const folder = `/run/node/volumes/${await site.volume(disk)}`;
  await site.node.sh(`mount -n -t tmpfs -o mode=777,size=${mebibytes}m disk ${folder}`);
  return async (size) => {
    await site.node.sh(`mount -n -o remount,size=${size}m ${folder}`);
  };
}
