import { type ChildProcess, spawn } from 'node:child_process';
import { extname } from 'node:path';

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
  const child = spawn(process.execPath, [...ownScript(), 'cpi', '--config', config], {
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

/** What must stand before the arguments: the script when a runtime runs one, nothing in the executable. */
function ownScript(): readonly string[] {
  const script = process.argv[1] ?? '';
  return ['.ts', '.mjs', '.js'].includes(extname(script)) && !script.startsWith('/$bunfs') ? [script] : [];
}
