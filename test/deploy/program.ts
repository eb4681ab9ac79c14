import type { Finding } from '../../src/drift/model.ts';
import { shipped } from '../support/program.ts';
import { type Ended, runToEnd } from './ended.ts';
import { world } from './step.ts';

/** A command that takes longer is killed: the Director's tasks that it follows end before. */
const boundMs = 600_000;

/** Runs one of our commands as an operator does: with the bosh CLI's variables and a kubeconfig. */
export async function tryOurs(...args: readonly string[]): Promise<Ended> {
  const [command = '', ...first] = await shipped.command();
  const where = ['--kubeconfig', world.kubeconfig, '--namespace', world.cluster.namespace];
  return await runToEnd(command, [...first, ...args, ...where], boundMs);
}

/** The same, where only success will do. @throws Error with all it said */
export async function ours(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await tryOurs(...args);
  if (status !== 0) throw new Error(`${args.join(' ')}: ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** Where BOSH and Kubernetes disagree now. @throws Error when either cannot be read */
export async function drift(): Promise<readonly Finding[]> {
  const { status, stdout, stderr } = await tryOurs('drift', '--json');
  if (status !== 0 && status !== 1) throw new Error(`drift: ended with ${status}\n${stderr}`);
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  if (findings.length > 0 !== (status === 1)) throw new Error(`drift: ${findings.length} findings, status ${status}`);
  return findings;
}
