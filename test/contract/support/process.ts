import assert from 'node:assert/strict';
import { type CpiResponse, startCpi } from '../../support/process.ts';
import type { Program } from '../../support/program.ts';
import { parseResponse } from './director.ts';

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
  const { done, kill } = await startCpi(args, request, program);
  const timer = setTimeout(kill, boundMs);
  const said = await done;
  clearTimeout(timer);
  const all = `${said.stdout}\n${said.stderr}`;
  assert.equal(said.status, 0, `status ${said.status ?? 'none, it did not end'}: ${all}`);
  const response = parseResponse(said.stdout);
  for (const canary of canaries) {
    for (const form of [canary, Buffer.from(canary).toString('base64').replace(/=+$/, '')]) {
      assert.ok(!all.includes(form), `a secret (${canary.slice(0, 20)}) is shown: ${all}`);
    }
  }
  for (const line of said.stderr.split('\n').filter(Boolean)) {
    assert.match(line, /^\d{4}-\d\d-\d\dT[\d:.]+Z \S+ /, 'every line of stderr is one of ours');
  }
  return { ...response, stdout: said.stdout, stderr: said.stderr };
}
