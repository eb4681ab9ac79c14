import type { ExecutionContext } from 'ava';
import { type Cluster, connect } from '../../src/kubernetes/cluster.ts';
import { parseKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts';

export interface Started {
  readonly sandbox: Sandbox;
  readonly cluster: Cluster;
}

/** A sandbox and a client of it, ended with the test. The client tries everything once. */
export async function started(t: ExecutionContext, options: SandboxOptions = {}, timeoutMs = 10_000): Promise<Started> {
  const sandbox = await startSandbox(options);
  const target = targetOf(await parseKubeconfig(sandbox.kubeconfig));
  const cluster = connect(target, { retry: { attempts: 1 }, timeoutMs });
  t.teardown(async () => {
    cluster.close();
    await sandbox.stop();
  });
  return { sandbox, cluster };
}

/** An API alone. */
export const apiOnly = { nodes: [], scheduler: false, storage: false } as const;
