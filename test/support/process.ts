import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { type Program, shipped } from './program.ts';

/** The answer of a CPI, as a Director reads it. */
export interface CpiResponse {
  readonly result: unknown;
  readonly error: { readonly type: string; readonly message: string; readonly ok_to_retry: boolean } | null;
  readonly log: string;
}

/** What came of one CPI process. */
export interface CpiEnd {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when it was killed. */
  readonly status: number | null;
}

export interface RunningCpi {
  readonly process: ChildProcess;
  readonly done: Promise<CpiEnd>;
  /** SIGKILL; resolves when the process has ended. */
  kill(): Promise<void>;
}

/**
 * Starts a CPI process as a Director does: environment wiped, the request on stdin, stdin closed, pipes.
 * @param args command line after `cpi`
 * @param request object, or the very text
 */
export async function startCpi(
  args: readonly string[],
  request: unknown,
  program: Program = shipped,
): Promise<RunningCpi> {
  const [command = '', ...first] = await program.command();
  const child = spawn(command, [...first, 'cpi', ...args], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/nonexistent', TMPDIR: tmpdir() },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      said[name] += chunk;
    });
  }
  // killed before it read its request
  child.stdin.on('error', () => undefined);
  child.stdin.end(typeof request === 'string' ? request : JSON.stringify(request));
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve(code));
  });
  return {
    process: child,
    done: closed.then((status) => ({ ...said, status })),
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
