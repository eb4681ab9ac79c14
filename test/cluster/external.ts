import { connect } from '../../src/kubernetes/cluster.ts';
import { loadKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';
import type { Cluster } from './state.ts';

interface ServiceRange {
  readonly spec: { readonly cidrs: readonly string[] };
}

interface Service {
  readonly spec: { readonly clusterIP: string };
}

/** The kubeconfig a person names for tests to run on a cluster of their own, or undefined. */
export function namedKubeconfig(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env.KUBERNETES_CPI_TEST_KUBECONFIG || undefined;
}

/**
 * The facts of a cluster somebody else runs. Nothing is started there, and stopCluster leaves it alone.
 * @param name what the caller calls it
 * @throws UnreachableError or ApiError when it does not answer
 */
export async function describeExternal(name: string, kubeconfig: string): Promise<Cluster> {
  const target = targetOf(await loadKubeconfig({ paths: [kubeconfig] }));
  const cluster = connect(target);
  try {
    const service = await cluster.json<Service>({
      method: 'GET',
      path: '/api/v1/namespaces/default/services/kubernetes',
    });
    // ServiceCIDR objects are there from 1.33 on; before, the first address is in the range and tells most of it.
    const range = await cluster
      .json<ServiceRange>({ method: 'GET', path: '/apis/networking.k8s.io/v1/servicecidrs/kubernetes' })
      .catch(() => undefined);
    const serviceCidr = range?.spec.cidrs[0] ?? service.spec.clusterIP.replace(/\.\d+\.\d+$/, '.0.0/16');
    return { name, source: 'kubeconfig', kubeconfig, server: target.server, serviceCidr };
  } finally {
    cluster.close();
  }
}
