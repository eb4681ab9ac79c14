/** What a command in a toy machine gave. */
export interface CommandResult {
  readonly stdout: string | Buffer;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A container that runs nothing: files in memory, and the few commands the CPI runs in its machines. */
export interface Machine {
  /** What a volume keeps over container restarts. */
  readonly files: Map<string, Buffer>;
  /** What the pod mounts read-only from Secrets. */
  readonly mounts: Map<string, Buffer>;
  run(command: readonly string[]): CommandResult;
}

/** Where an agent keeps what must survive, by the name under which the CPI saves it in the mounted Secret. */
const AGENT_STATE: Readonly<Record<string, string>> = {
  'update_settings.json': '/var/vcap/bosh/update_settings.json',
  'persistent_disk_hints.json': '/var/vcap/bosh/persistent_disk_hints.json',
  'managed_disk_settings.json': '/var/vcap/bosh/managed_disk_settings.json',
  'records.json': '/var/vcap/instance/dns/records.json',
};

export interface MachineHooks {
  /** Called for `/bin/bash /bosh-cpi/reboot`. */
  readonly reboot: () => void;
}

export function createMachine(hooks: MachineHooks): Machine {
  const files = new Map<string, Buffer>();
  const mounts = new Map<string, Buffer>();
  const find = (path: string) => mounts.get(path) ?? files.get(path);

  function run(command: readonly string[]): CommandResult {
    const [program = '', ...args] = command;
    switch (program.split('/').at(-1)) {
      case 'cat': {
        const contents = args.map(find);
        const absent = args.find((_, index) => contents[index] === undefined);
        if (absent !== undefined) return fail(1, `cat: ${absent}: No such file or directory\n`);
        return { stdout: Buffer.concat(contents.filter((content) => content !== undefined)), stderr: '', exitCode: 0 };
      }
      case 'bash':
      case 'sh':
        return runScript(args);
      case 'true':
        return fail(0, '');
      case 'false':
        return fail(1, '');
      case 'echo':
        return { stdout: `${args.join(' ')}\n`, stderr: '', exitCode: 0 };
      case 'test':
        return fail(find(args.at(-1) ?? '') === undefined ? 1 : 0, '');
      default:
        return fail(127, `${program}: command not found\n`);
    }
  }

  function runScript([script = '']: readonly string[]): CommandResult {
    if (script === '/bosh-cpi/reboot') {
      hooks.reboot();
      return fail(0, '');
    }
    // A planted file keeps the toy agent down.
    if (script === '/bosh-cpi/agent-up') return fail(files.has('/sandbox/agent-down') ? 1 : 0, '');
    return find(script) === undefined ? fail(127, `bash: ${script}: No such file or directory\n`) : fail(0, '');
  }

  return { files, mounts, run };
}

/** What the entrypoint does at a machine's first start: saved agent state goes back to where the agent looks for it. */
export function restoreAgentState({ files, mounts }: Machine): void {
  for (const [name, path] of Object.entries(AGENT_STATE)) {
    const saved = mounts.get(`/bosh-cpi/${name}`);
    if (saved !== undefined && !files.has(path)) files.set(path, saved);
  }
}

function fail(exitCode: number, stderr: string): CommandResult {
  return { stdout: '', stderr, exitCode };
}
