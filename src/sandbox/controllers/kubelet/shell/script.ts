import type { Machine } from '../machine.ts';
import { type CommandResult, fail, findFile } from './command.ts';
import { splitCommands } from './words.ts';

/** `bash FILE` and `bash -c TEXT`: the files that the CPI mounts do what they do in a machine, of others only their being there counts. */
export function runScript(machine: Machine, args: readonly string[]): CommandResult {
  const [first = '', text] = args;
  if (/^-\w*c$/.test(first)) return runText(machine, text ?? '');
  if (first === '/bosh-cpi/reboot') {
    machine.reboot();
    return fail(0, '');
  }
  // A planted file keeps the toy agent down.
  if (first === '/bosh-cpi/agent-up') return fail(machine.files.has('/sandbox/agent-down') ? 1 : 0, '');
  if (first === '' || first.startsWith('-')) return fail(0, '');
  return findFile(machine, first) === undefined
    ? fail(127, `bash: ${first}: No such file or directory\n`)
    : fail(0, '');
}

/** Commands with `;`, `&&` and `||` between them. */
export function runText(machine: Machine, text: string, lastExit = 0): CommandResult {
  let exitCode = lastExit;
  const out: Buffer[] = [];
  let stderr = '';
  for (const { words, when } of splitCommands(text)) {
    if ((when === '&&' && exitCode !== 0) || (when === '||' && exitCode === 0)) continue;
    const result = machine.run(words.map((word) => (word === '$?' ? String(exitCode) : word)));
    out.push(Buffer.from(result.stdout));
    stderr += result.stderr;
    exitCode = result.exitCode;
  }
  return { stdout: Buffer.concat(out), stderr, exitCode };
}
