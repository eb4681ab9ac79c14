import { existsSync } from 'node:fs';
import { isRunning } from '../cluster/process.ts';
import { readState } from '../cluster/state.ts';

/** What a session of the bosh CLI is told by, and what our machines need beside it: see test/README.md. */
const told = ['BOSH_ENVIRONMENT', 'BOSH_CLIENT', 'BOSH_CLIENT_SECRET', 'BOSH_CA_CERT'];
const files = ['BOSH_CLI', 'BOSH_AGENT', 'BOSH_BLOBSTORE_DAV'];

/**
 * What keeps the suite of a Director from running, a phrase each; empty when nothing does. The cluster has to be named:
 * nobody's own Director, which the same variables may name, is ever taken for one to test with.
 */
export function missingForDirector(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  const unset = [...told, ...files, 'BOSH_CLUSTER'].filter((name) => !env[name]);
  const absent = files.filter((name) => env[name] && !existsSync(env[name]));
  const cluster = env.BOSH_CLUSTER ? readState(env.BOSH_CLUSTER) : undefined;
  const node = cluster?.processes.find(({ name }) => name === 'node');
  return [
    ...(unset.length > 0 ? [`${unset.join(', ')} not set`] : []),
    ...absent.map((name) => `${name} names no file`),
    ...(env.BOSH_CLUSTER && (node === undefined || !isRunning(node)) ? ['BOSH_CLUSTER has no running node'] : []),
  ];
}
