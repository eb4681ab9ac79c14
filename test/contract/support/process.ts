import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { type CpiResponse, parseResponse } from './director.ts';
import type { Program } from './program.ts';

/** What came of one CPI process. */
export interface CpiRun extends CpiResponse {
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Secrets that may appear nowhere in what the process says. */
  readonly canaries?: readonly string[];
  /** Bound of the process in milliseconds: no Director has one, so a call without an end would be a defect. */
  readonly boundMs?: number;
}

/**
 * Runs the CPI as a Director does: environment wiped, one request on stdin, stdin closed, pipes. Whatever it was asked, it must end, with status 0, with one
 * response on stdout, and without a secret or a warning of its runtime anywhere.
 * @param args command line after `cpi`
 * @param request object, or the very text
 * @throws AssertionError
 */
export async function runCpi(
  program: Program,
  args: readonly string[],
  request: unknown,
  { canaries = [], boundMs = 90_000 }: RunOptions = {},
): Promise<CpiRun> {
  const [command = '', ...first] = await program.command();
  const child = spawn(command, [...first, 'cpi', ...args], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/nonexistent', TMPDIR: tmpdir() },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: boundMs,
    killSignal: 'SIGKILL',
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      said[name] += chunk;
    });
  }
  child.stdin.on('error', () => undefined);
  child.stdin.end(typeof request === 'string' ? request : JSON.stringify(request));
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on('error', reject).on('close', (...ended) => resolve(ended));
  });
  const all = `${said.stdout}\n${said.stderr}`;
  assert.equal(signal, null, `ended by ${signal}: ${all}`);
  assert.equal(code, 0, `status ${code}: ${all}`);
  const response = parseResponse(said.stdout);
  for (const canary of canaries) {
    for (const form of [canary, Buffer.from(canary).toString('base64').replace(/=+$/, '')]) {
      assert.ok(!all.includes(form), `a secret (${canary.slice(0, 20)}) is shown: ${all}`);
    }
  }
  for (const line of said.stderr.split('\n').filter(Boolean)) {
    assert.match(line, /^\d{4}-\d\d-\d\dT[\d:.]+Z \S+ /, 'every line of stderr is one of ours');
  }
  return { ...response, ...said };
}
