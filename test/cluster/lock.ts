import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheFolder } from './paths.ts';
import { startOf } from './process.ts';

/** Takes a lock file. @returns the running process that has it, or undefined when it is ours now */
function take(file: string): string | undefined {
  try {
    writeFileSync(file, `${process.pid} ${startOf(process.pid)}`, { flag: 'wx' });
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const [pid = '', started] = existsSync(file) ? readFileSync(file, 'utf8').split(' ') : [];
    if (started === undefined || startOf(Number(pid)) === started) return pid;
    // Its owner ended without a word.
    rmSync(file, { force: true });
    return take(file);
  }
}

/**
 * Does something that no two processes of this user, and no two callers in one, may do at once.
 * @param name of the lock, a file name
 * @param onWait told every half a minute, from the first moment on, which process is waited for
 */
export async function exclusively<T>(
  name: string,
  action: () => Promise<T>,
  onWait?: (pid: string) => void,
): Promise<T> {
  const file = join(cacheFolder(), 'locks', name);
  mkdirSync(join(cacheFolder(), 'locks'), { recursive: true });
  for (let waits = 0; ; waits++) {
    const owner = take(file);
    if (owner === undefined) break;
    if (waits % 300 === 0) onWait?.(owner);
    await sleep(100);
  }
  try {
    return await action();
  } finally {
    rmSync(file, { force: true });
  }
}
