import { rmSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Makes a folder that is there whole or not at all: it is filled beside its place and moved there at the end.
 * @returns what `fill` returns
 * @throws Error when something is at the place already; what `fill` throws, with nothing left behind
 */
export async function makeFolder<T>(path: string, fill: (folder: string) => Promise<T>): Promise<T> {
  if (await stat(path).catch(() => undefined)) throw new Error(`${path} exists: remove it, or choose another --output`);
  await mkdir(dirname(path), { recursive: true });
  const unfinished = join(dirname(path), `.${basename(path)}.${process.pid}`);
  const leave = (signal: NodeJS.Signals) => {
    rmSync(unfinished, { recursive: true, force: true });
    process.kill(process.pid, signal);
  };
  process.once('SIGINT', leave).once('SIGTERM', leave);
  try {
    await mkdir(unfinished);
    const made = await fill(unfinished);
    await rename(unfinished, path);
    return made;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC'
      ? new Error(`no space left for ${path}`, { cause: error })
      : error;
  } finally {
    process.off('SIGINT', leave).off('SIGTERM', leave);
  }
}
