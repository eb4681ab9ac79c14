import { type ChildProcess, spawn } from 'node:child_process';
import { ownProgram } from '../own-program.ts';

/** A CPI call under way. */
export interface RunningCall {
  readonly process: ChildProcess;
  /** The text on stdout, when it has ended. */
  readonly answer: Promise<string>;
}

/**
 * Runs this very program as a Director runs a CPI: a process of its own, its environment wiped, the request on stdin.
 * @param config path of the configuration file
 */
export function callCpi(config: string, request: object): RunningCall {
  const { file, args } = ownProgram(['cpi', '--config', config]);
  const child = spawn(file, args, {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  // the task log: drained, since a full pipe would stop the process
  child.stderr.resume();
  child.stdin.end(JSON.stringify(request));
  const answer = new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
  return { process: child, answer };
}
