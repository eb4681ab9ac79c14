import type { V1PodSpec } from '@kubernetes/client-node/dist/gen/models/V1PodSpec.js';
import { type ApiObject, view } from '../../api/object.ts';
import type { Machine } from './machine.ts';
import { type CommandResult, fail, say } from './shell/command.ts';

/** Exit status of the scripts for a disk that somebody uses (EBUSY). */
const busyStatus = 16;
/** The agent's note of its store. */
const storePath = '/var/vcap/bosh/managed_disk_settings.json';

/** The mounts that attachments share with machines on a node: they outlive the pod that made them, unless it ends in peace. */
export interface SharedMounts {
  /** An attachment's container starts: its disk is mounted, if it is not yet. */
  begin(pod: ApiObject): void;
  /** An attachment's container ends at a signal: its disk is unmounted, if nobody uses it. */
  end(pod: ApiObject): void;
  /** Claims that a machine has by attachments. */
  of(machine: ApiObject): readonly string[];
  /** What the scripts of attachments and machines answer; undefined for any other command. */
  run(pod: ApiObject, machine: Machine, command: readonly string[]): CommandResult | undefined;
  /** Has a process of a machine use a disk. @param who as the script tells it: process id, name, path. @returns ends that */
  hold(namespace: string, vm: string, claim: string, who: string): () => void;
}

/** The node's side of hot-plugged disks: what stemcell/attachment and stemcell/release would do. */
export function createSharedMounts(): SharedMounts {
  const mounts = new Set<string>();
  const holders = new Map<string, string>();
  const keyOf = (namespace: string | undefined, vm: string, claim: string) => `${namespace}/${vm}/${claim}`;

  /** The mount that an attachment is for; undefined for every other pod. */
  function mountOf({ metadata, spec }: ApiObject): string | undefined {
    const [, , , script, action, vm = '', claim = ''] = view<V1PodSpec>(spec ?? {}).containers[0]?.command ?? [];
    return script === 'attachment' && action === 'hold' ? keyOf(metadata.namespace, vm, claim) : undefined;
  }

  function unmount(key: string): CommandResult {
    const who = holders.get(key);
    if (who !== undefined) return { ...fail(busyStatus, ''), stdout: 'target is busy\n' };
    mounts.delete(key);
    return say('');
  }

  function release(machine: Machine, key: string, claim: string): CommandResult {
    const who = holders.get(key);
    if (who !== undefined) return { ...fail(busyStatus, ''), stdout: `${who}\n` };
    if (machine.files.get(storePath)?.toString().split(':').at(-1) === claim) machine.files.delete(storePath);
    return say('');
  }

  /** Whether a path of a pod is a mount point. */
  function isMountPoint(pod: ApiObject, path: string): boolean {
    const { namespace, name } = pod.metadata;
    const mounted = view<V1PodSpec>(pod.spec ?? {}).containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
    if (mounted.some(({ mountPath }) => mountPath === path)) return true;
    const [, top, ...rest] = path.split('/');
    if (top === 'mnt') return mounts.has(keyOf(namespace, name, rest.join('/')));
    return top === 'share' && mounts.has(`${namespace}/${rest.join('/')}`);
  }

  return {
    begin(pod) {
      const key = mountOf(pod);
      if (key !== undefined) mounts.add(key);
    },
    end(pod) {
      const key = mountOf(pod);
      if (key !== undefined) unmount(key);
    },
    of({ metadata }) {
      const prefix = `${metadata.namespace}/${metadata.name}/`;
      return [...mounts].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    },
    run(pod, machine, command) {
      const { namespace, name } = pod.metadata;
      const [program, first, , script, ...args] = command;
      if (program === 'mountpoint') return isMountPoint(pod, command.at(-1) ?? '') ? say('') : fail(1, '');
      if (first !== '-c') return undefined;
      if (script === 'release') return release(machine, keyOf(namespace, name, args[0] ?? ''), args[0] ?? '');
      if (script !== 'attachment') return undefined;
      const [action, vm = '', claim = ''] = args;
      return action === 'release' ? unmount(keyOf(namespace, vm, claim)) : say('');
    },
    hold(namespace, vm, claim, who) {
      const key = keyOf(namespace, vm, claim);
      holders.set(key, who);
      return () => holders.delete(key);
    },
  };
}
