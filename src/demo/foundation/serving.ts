import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type DirectorTarget, readTarget } from '../../director/target.ts';
import type { KubeconfigDocument } from '../../kubernetes/kubeconfig-types.ts';
import { ownProgram } from '../own-program.ts';
import { parseEnvironment } from './environment.ts';
import type { FoundationOptions } from './serve.ts';

/** A cluster in a process of its own. */
export interface ServedCluster {
  readonly kubeconfig: KubeconfigDocument;
  readonly director: DirectorTarget;
  /** Everything is deployed. */
  readonly ready: Promise<void>;
  stop(): void;
}

/** Starts `demo --cluster` and waits for its kubeconfig. @throws Error with its last words when it ends before */
export async function startServing({ machines, still }: FoundationOptions): Promise<ServedCluster> {
  const size = machines === undefined ? [] : ['--machines', String(machines)];
  const program = ownProgram(['demo', '--cluster', ...size, ...(still ? ['--still'] : [])]);
  const child = spawn(program.file, program.args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = `${words}${chunk}`.slice(-2_000);
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) throw new Error(`the embedded cluster did not start: ${words.trim() || 'no reason given'}`);
  const path = String((await lines.next()).value).replace(/^\. /, '');
  const director = await readTarget(parseEnvironment(await readFile(path, 'utf8')));
  if (director === undefined) throw new Error(`${path} names no Director`);
  return {
    kubeconfig: JSON.parse(first.value) as KubeconfigDocument,
    director,
    ready: lines.next().then(() => undefined),
    // the end of its stdin is the end of the cluster, also when this process is killed
    stop: () => child.kill(),
  };
}
