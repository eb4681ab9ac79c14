import { connect } from '../../kubernetes/cluster.ts';
import { parseKubeconfig, targetOf } from '../../kubernetes/kubeconfig.ts';
import { serveApi } from '../../sandbox/director/http/server.ts';
import type { Instance } from '../../sandbox/director/model.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { deployFoundation } from './deploy.ts';
import { createFoundation } from './director.ts';
import { writeEnvironment } from './environment.ts';
import { grow } from './fleet.ts';
import { live } from './life.ts';
import { befall, createRegistry } from './mishaps.ts';
import { planNodes } from './nodes.ts';
import { HOUR_MS } from './past.ts';

export interface FoundationOptions {
  /** How many there are in the end, about; what the director deploys when omitted. */
  readonly machines: number | undefined;
  /** Nothing happens once all is deployed. */
  readonly still: boolean;
}

const START_MS = 1_800;
const NODES_HOURS_AGO = 63 * 24;

/**
 * Runs the demo's cluster and its Director until stdin ends. On stdout are the kubeconfig, then the line that points the bosh
 * CLI at the Director (the file it reads holds the password), then `ready`.
 */
export async function serveFoundation({ machines = 0, still }: FoundationOptions): Promise<void> {
  const registry = createRegistry();
  let deploying = true;
  const nodes = planNodes(machines);
  const sandbox = await startSandbox({
    context: 'demo',
    nodes: nodes.map(({ zone, ...node }) => ({
      ...node,
      labels: { 'topology.kubernetes.io/zone': zone, 'topology.kubernetes.io/region': 'demo' },
      agentLog: true,
      // nobody waits for a foundation; later on a machine takes its time, so that it can be seen coming up
      startMs: () => (deploying ? 5 : START_MS),
      ...registry.nodeOptions,
    })),
  });
  sandbox.backdate(({ kind }) => kind === 'Node', 0, NODES_HOURS_AGO * HOUR_MS);
  const cluster = connect(targetOf(await parseKubeconfig(sandbox.kubeconfig)));
  const foundation = createFoundation(cluster, sandbox);
  const { director } = foundation;
  const environment = writeEnvironment(await serveApi(director));
  process.on('exit', environment.remove);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit());
  process.stdout.write(`${JSON.stringify(sandbox.kubeconfig)}\n. ${environment.path}\n`);
  process.stdin.resume();
  process.stdin.on('end', () => process.exit());
  // manifests/rbac.yml makes it in a real namespace
  await cluster.core.createNamespacedServiceAccount({ namespace: 'bosh', body: { metadata: { name: 'bosh-vm' } } });
  await deployFoundation(sandbox, foundation);
  await grow(sandbox.api.store, nodes, director, machines);
  let spared: ReadonlySet<Instance> = new Set();
  try {
    spared = await befall({ sandbox, cluster, foundation, registry });
  } catch (error) {
    // a foundation where less goes wrong is still one
    process.stderr.write(`${(error as Error).stack}\n`);
  }
  deploying = false;
  process.stdout.write('ready\n');
  if (!still) await live({ sandbox, foundation, spared });
}
