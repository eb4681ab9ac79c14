import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildKubernetes, type Progress } from './build.ts';

/** Where the executables of a cluster come from. */
export interface Assets {
  readonly source: 'KUBEBUILDER_ASSETS' | 'go';
  readonly folder: string;
}

/** An executable of the folder, or undefined where the source has none (envtest brings no controllers and no kubelet). */
export function executable(assets: Assets, name: string): string | undefined {
  const file = join(assets.folder, name);
  return existsSync(file) ? file : undefined;
}

/**
 * Finds or builds the executables: the folder KUBEBUILDER_ASSETS names, else our own Go module.
 * A node needs kubelet, kube-proxy and pause, so it always takes the Go build.
 * @throws when KUBEBUILDER_ASSETS lacks the API server or etcd, or when the build fails
 */
export async function findAssets(
  node: boolean,
  progress: Progress,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Assets> {
  const folder = env.KUBEBUILDER_ASSETS;
  if (folder === undefined || folder === '' || node) return { source: 'go', folder: await buildKubernetes(progress) };
  const assets: Assets = { source: 'KUBEBUILDER_ASSETS', folder };
  const missing = ['etcd', 'kube-apiserver'].filter((name) => executable(assets, name) === undefined);
  if (missing.length > 0) throw new Error(`KUBEBUILDER_ASSETS=${folder} has no ${missing.join(' and no ')}`);
  return assets;
}
