import { agentContainer } from '../../bosh/labels.ts';
import { exec } from '../../kubernetes/exec.ts';
import type { StoredRecord } from '../../vm/record.ts';
import type { Step } from '../draft.ts';
import type { Machine } from '../target.ts';

/** How an agent is spoken to, by its settings: over NATS only its Director does. */
function isReachable({ secret }: StoredRecord): boolean {
  const settings = secret.data?.['settings.json'];
  if (settings === undefined) return false;
  const { mbus } = JSON.parse(Buffer.from(settings, 'base64').toString()) as { mbus?: string };
  return mbus?.startsWith('https://') === true;
}

/**
 * The step that has an agent mount a disk as its store. An agent on NATS listens to its Director alone; the step then says so, and does nothing.
 */
export function mountStep(stored: StoredRecord, { vm = '', label }: Machine, claim: string): Step {
  if (!isReachable(stored)) {
    return {
      verb: 'check',
      object: label,
      what: `its agent listens to its Director alone: BOSH mounts the disk as /var/vcap/store at its next turn (bosh attach-disk, recreate)`,
    };
  }
  return {
    verb: 'agent',
    object: label,
    what: 'add_persistent_disk, mount_disk',
    async act({ cluster }) {
      const { stdout, stderr, exitCode } = await exec(
        cluster,
        vm,
        agentContainer,
        ['/bin/bash', '-c', mountScript, 'mount', claim],
        { timeoutMs: 120_000 },
      );
      if (exitCode !== 0)
        throw new Error(`the agent of ${label}: ${`${stdout}${stderr}`.trim() || `status ${exitCode}`}`);
      return stdout.toString().trim();
    },
  };
}

/**
 * Speaks with the agent inside its machine, so that its password never leaves it, and is no argument of a process either.
 * Source: bosh-agent mbus/https_handler.go; a method that takes long answers a task, which is asked for until it is over.
 */
export const mountScript: string = `
set -u
settings=/var/vcap/bosh/warden-cpi-agent-env.json
mbus=$(sed -n 's/.*"mbus" *: *"\\(https:[^"]*\\)".*/\\1/p' "$settings" | head -n 1)
[ -n "$mbus" ] || { echo 'the agent has no https endpoint' >&2; exit 1; }
address=\${mbus#https://}
password=\${address%@*}
port=\${address##*:}
ask() {
  printf '{"method":"%s","arguments":[%s],"reply_to":"operator"}' "$1" "$2" |
    curl --silent --show-error --insecure --max-time 60 --config <(printf 'user = "%s"\\n' "$password") \\
      --data-binary @- "https://127.0.0.1:\${port%%/*}/agent"
}
await() {
  local answer task
  answer=$(ask "$1" "$2") || exit 1
  while [[ $answer == *'"state":"running"'* ]]; do
    task=$(sed -n 's/.*"agent_task_id":"\\([^"]*\\)".*/\\1/p' <<< "$answer")
    sleep 1
    answer=$(ask get_task "\\"$task\\"") || exit 1
  done
  if [[ $answer == *'"exception"'* ]]; then echo "$1: $answer" >&2; exit 1; fi
}
await add_persistent_disk "\\"$1\\",\\"/mnt/$1\\""
await mount_disk "\\"$1\\""
echo 'mounted as /var/vcap/store'
`;
