import { spawn } from 'node:child_process';
import { setImmediate } from 'node:timers/promises';

/**
 * The command of the operator's pager. `cat` is no pager: what it shows would be gone before it is read.
 * @returns undefined for less, the one that is there nearly everywhere
 */
export function pagerOf({ PAGER = '' }: NodeJS.ProcessEnv): string | undefined {
  return /^\s*(?:(?:\S*\/)?cat)?\s*$/.test(PAGER) ? undefined : PAGER;
}

/**
 * Shows a text in the operator's pager, on a terminal that must be free.
 * @throws when there is none
 */
export async function page(text: string, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const command = pagerOf(env) ?? 'less -R';
  await stopReading(process.stdin);
  // Options set for git, as -F and -X, would end less at once, or leave its text below the screen.
  const child = spawn('/bin/sh', ['-c', command], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...env, LESS: `${env.LESS ?? ''} -+F -+X` },
  });
  // who leaves the pager early does not read the rest
  child.stdin.on('error', () => {});
  child.stdin.end(text);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status === 127) throw new Error(`there is no pager: ${command} is not found; set PAGER`);
}

/** Node goes on reading a terminal that nobody listens to, and would take every other key from the pager. What reads it next starts it again. */
async function stopReading(stdin: NodeJS.ReadStream): Promise<void> {
  // a listener that has just gone counts until the next turn, and so does the pause
  await setImmediate();
  stdin.pause();
  await setImmediate();
}
