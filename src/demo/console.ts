import { openConsole } from '../views/console.ts';
import type { FoundationOptions } from './foundation/serve.ts';
import { type ServedCluster, startServing } from './foundation/serving.ts';

/** Opens the console on an embedded cluster in a process of its own, so that neither takes the other's time. */
export async function openDemo(options: FoundationOptions): Promise<void> {
  let served: ServedCluster | undefined;
  try {
    await openConsole({
      demo: true,
      readonly: false,
      where: {},
      async source() {
        served = await startServing(options);
        const { sourceOf } = await import('../views/kubeconfig-source.ts');
        const { parseKubeconfig } = await import('../kubernetes/kubeconfig.ts');
        const { kubeconfig, director } = served;
        return sourceOf(await parseKubeconfig(kubeconfig), { find: async () => director });
      },
    });
  } catch (error) {
    process.stderr.write(`kubernetes-cpi demo: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
    process.exitCode = 1;
  } finally {
    served?.stop();
  }
  // Connections that idle would hold the process for seconds.
  process.exit();
}
