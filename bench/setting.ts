import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '../scripts/build/executable.ts';
import { root } from '../scripts/root.ts';
import type { Cluster } from '../src/kubernetes/cluster.ts';
import { type Api, openApi } from '../test/cluster/api.ts';
import { startCluster, stopCluster } from '../test/cluster/cluster.ts';
import { createWorkspace } from '../test/cluster/workspace.ts';

/** What every section works with: a real API server over mutual TLS, and the executable with a configuration for it. */
export interface Setting {
  readonly api: Api;
  readonly admin: Cluster;
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly executable: string;
  /** Configuration file of the CPI. */
  readonly config: string;
  stop(): Promise<void>;
}

/** Builds the executable and starts a cluster whose nodes are kwok's. Leaves nothing once stopped. */
export async function prepare(): Promise<Setting> {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-cpi-bench-'));
  const executable = join(folder, 'kubernetes-cpi');
  await compile(join(root, 'src/main.ts'), executable);
  const name = `bench-${process.pid}`;
  const { kubeconfig } = await startCluster({ name, kwok: true, progress: (text) => console.error(text) });
  const api = openApi(kubeconfig);
  const { namespace, admin, remove } = await createWorkspace({ kubeconfig });
  const config = join(folder, 'cpi.json');
  writeFileSync(
    config,
    JSON.stringify({
      kubeconfig: JSON.parse(readFileSync(kubeconfig, 'utf8')) as unknown,
      namespace,
      agent: { mbus: 'nats://10.0.0.1:4222' },
    }),
    { mode: 0o600 },
  );
  async function stop(): Promise<void> {
    api.close();
    await remove();
    await stopCluster(name);
    rmSync(folder, { recursive: true });
  }
  return { api, admin, kubeconfig, namespace, executable, config, stop };
}
