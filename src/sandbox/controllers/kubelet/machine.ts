import type { ContainerLog } from './container-log.ts';
import { type CommandResult, fail } from './shell/command.ts';
import { findProgram } from './shell/programs.ts';
import { runScript } from './shell/script.ts';

/** What a toy machine tells of itself. */
export interface MachineFacts {
  readonly hostname: string;
  readonly address: string;
  /** Addresses of its manual networks. */
  readonly promised: readonly string[];
  /** What monit runs in it. */
  readonly processes: readonly string[];
  readonly disks: readonly { readonly mount: string; readonly sizeGiB: number }[];
  readonly startedAt: number;
}

/** A container that runs nothing: files in memory, and a few commands. */
export interface Machine {
  /** What a volume keeps over container restarts. */
  readonly files: Map<string, Buffer>;
  /** What the pod mounts read-only from Secrets. */
  readonly mounts: Map<string, Buffer>;
  readonly facts: () => MachineFacts;
  /** What its agent says, which is what the container's log has, too. */
  readonly log: () => ContainerLog;
  /** Asks for the container's end and its start anew. */
  readonly reboot: () => void;
  run(command: readonly string[]): CommandResult;
}

/** Where an agent keeps what must survive, by the name under which the CPI saves it in the mounted Secret. */
const AGENT_STATE: Readonly<Record<string, string>> = {
  'update_settings.json': '/var/vcap/bosh/update_settings.json',
  'persistent_disk_hints.json': '/var/vcap/bosh/persistent_disk_hints.json',
  'managed_disk_settings.json': '/var/vcap/bosh/managed_disk_settings.json',
  'records.json': '/var/vcap/instance/dns/records.json',
};

export function createMachine(given: Pick<Machine, 'reboot' | 'facts' | 'log'>): Machine {
  const machine: Machine = {
    ...given,
    files: new Map(),
    mounts: new Map(),
    run([program = '', ...args]) {
      const name = program.split('/').at(-1) ?? '';
      if (name === 'bash' || name === 'sh') return runScript(machine, args);
      const found = findProgram(name);
      return found === undefined ? fail(127, `${program}: command not found\n`) : found(machine, args);
    },
  };
  return machine;
}

/** What the entrypoint does at a machine's first start: saved agent state goes back to where the agent looks for it. */
export function restoreAgentState({ files, mounts }: Machine): void {
  for (const [name, path] of Object.entries(AGENT_STATE)) {
    const saved = mounts.get(`/bosh-cpi/${name}`);
    if (saved !== undefined && !files.has(path)) files.set(path, saved);
  }
}
