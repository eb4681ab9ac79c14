import type { Machine } from '../machine.ts';

/** What a command in a toy machine gave. */
export interface CommandResult {
  readonly stdout: string | Buffer;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A file of the machine, wherever it is. */
export function findFile({ mounts, files }: Machine, path: string): Buffer | undefined {
  return mounts.get(path) ?? files.get(path);
}

export function fail(exitCode: number, stderr: string): CommandResult {
  return { stdout: '', stderr, exitCode };
}

export function say(stdout: string | Buffer): CommandResult {
  return { stdout, stderr: '', exitCode: 0 };
}
