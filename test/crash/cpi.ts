import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../scripts/build/bundle.ts';
import { root } from '../../scripts/root.ts';

/** What came of one CPI process. */
export interface CpiRun {
  /** Undefined when it was killed before it answered. */
  readonly response: CpiResponse | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

export interface CpiResponse {
  readonly result: unknown;
  readonly error: { readonly type: string; readonly message: string; readonly ok_to_retry: boolean } | null;
  readonly log: string;
}

export interface RunningCpi {
  readonly process: ChildProcess;
  readonly done: Promise<CpiRun>;
  /** SIGKILL; resolves when the process has ended. */
  kill(): Promise<void>;
}

let program: Promise<readonly string[]> | undefined;

/** The built executable where there is one, else a bundle made now: hundreds of processes are started from it. */
function findProgram(): Promise<readonly string[]> {
  program ??= (async () => {
    const executable = process.env.TEST_EXECUTABLE;
    if (executable !== undefined) return [executable];
    const script = join(mkdtempSync(join(tmpdir(), 'kubernetes-cpi-')), 'kubernetes-cpi.mjs');
    await bundle(join(root, 'src/main.ts'), script, 'node');
    return [process.execPath, script];
  })();
  return program;
}

/**
 * Starts a CPI process as a Director does: environment wiped, the request on stdin, pipes.
 * @param config path of the configuration file
 * @param request object, or the very text
 */
export async function startCpi(config: string, request: unknown): Promise<RunningCpi> {
  const [command = '', ...args] = await findProgram();
  const child = spawn(command, [...args, 'cpi', '--config', config], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/nonexistent', TMPDIR: tmpdir() },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  // killed before it read its request
  child.stdin.on('error', () => undefined);
  child.stdin.end(typeof request === 'string' ? request : JSON.stringify(request));
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve(code));
  });
  const done = closed.then((status) => ({ response: parse(text.stdout), ...text, status }));
  return {
    process: child,
    done,
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

function parse(stdout: string): CpiResponse | undefined {
  if (stdout === '') return undefined;
  return JSON.parse(stdout) as CpiResponse;
}
