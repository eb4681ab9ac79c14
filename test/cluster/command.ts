import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';

/** A command that ended with a status other than 0, or could not be run. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** File whose content is its stdin. */
  readonly stdin?: string;
  /** Called with what it writes to stderr, as it comes: for commands that take long. */
  readonly onStderr?: (text: string) => void;
}

/**
 * Runs a command to its end.
 * @returns its stdout
 * @throws CommandError with its stderr
 */
export function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env }),
      stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      options.onStderr?.(text);
    });
    if (options.stdin !== undefined && child.stdin !== null) {
      child.stdin.on('error', () => undefined);
      createReadStream(options.stdin).on('error', reject).pipe(child.stdin);
    }
    child.on('error', (error) => reject(new CommandError(`${command}: ${error.message}`)));
    child.on('close', (code, killedBy) => {
      if (code === 0) resolve(stdout);
      else
        reject(new CommandError(`${[command, ...args].join(' ')}: ${killedBy ?? `status ${code}`}: ${stderr.trim()}`));
    });
  });
}
