import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../cluster/command.ts';
import { initOf } from '../../cluster/node.ts';
import { type ClusterState, readState } from '../../cluster/state.ts';
import { waitFor } from '../../cluster/wait.ts';

/** A line of a mount table: what of which file system is where. */
export interface Mount {
  readonly device: string;
  readonly root: string;
  readonly at: string;
}

/** The node from below: its own mount table and its kubelet, which no API shows. */
export interface NodeSide {
  mounts(): readonly Mount[];
  /** Runs a script of bash among the node's mounts and processes. */
  sh(script: string): Promise<string>;
  /** Kills the kubelet, which then is not started again. Containers go on. */
  stopKubelet(): Promise<void>;
  startKubelet(): Promise<void>;
}

/** Names in a mount table have spaces and the like as three octal digits. */
function plain(name: string): string {
  return name.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** The mounts of a table in the form of /proc/self/mountinfo. */
export function parseMounts(text: string): readonly Mount[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [, , device = '', root = '', at = ''] = line.split(' ');
    return { device, root: plain(root), at: plain(at) };
  });
}

/** @param name of a running cluster of test/cluster that has a node */
export function nodeSide(name: string): NodeSide {
  const state = readState(name);
  const record = state?.processes.find((each) => each.name === 'node');
  const init = record === undefined ? undefined : initOf(record);
  if (state === undefined || init === undefined) throw new Error(`cluster ${name} has no running node`);
  const held = join(state.stateDir, 'node/kubelet.held');
  return {
    mounts: () => parseMounts(readFileSync(`/proc/${init}/mountinfo`, 'utf8')),
    sh: async (script) =>
      (await run('nsenter', ['--target', String(init), '--mount', '--pid', '/bin/bash', '-euc', script])).trim(),
    async stopKubelet() {
      writeFileSync(held, '');
      for (const pid of kubelets(init)) process.kill(pid, 'SIGKILL');
      await waitFor('the kubelet is gone', 60_000, async () => (kubelets(init).length === 0 ? true : undefined));
    },
    async startKubelet() {
      rmSync(held, { force: true });
      await waitFor('the kubelet runs', 60_000, async () => (kubelets(init).length === 1 ? true : undefined));
      await kubeletListens(state);
    },
  };
}

/** Processes of the node whose PID 1 is `init`, by name: this machine may have other nodes. */
function kubelets(init: number): readonly number[] {
  const namespace = readlinkSync(`/proc/${init}/ns/pid`);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/comm`, 'utf8') === 'kubelet\n' &&
          readlinkSync(`/proc/${pid}/ns/pid`) === namespace &&
          !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
        );
      } catch {
        return false; // it ended between the look and the read
      }
    })
    .map(Number);
}

async function kubeletListens({ network }: ClusterState): Promise<void> {
  const url = `https://${network?.nodeAddress}:10250/healthz`;
  // it answers 401 to whoever has no certificate, or the TLS error of one it did not sign: both say that it is there
  await waitFor('the kubelet listens', 30_000, async () => {
    const refused = await fetch(url).catch((error: { cause?: { code?: string } }) => error.cause?.code);
    return refused === 'ECONNREFUSED' ? undefined : true;
  });
}
