import { deploy } from '../../../src/demo/foundation/deploy.ts';
import { createFoundation, type Foundation } from '../../../src/demo/foundation/director.ts';
import { type Deployment, type InstanceGroup, zones } from '../../../src/demo/foundation/plan.ts';
import type { DirectorTarget } from '../../../src/director/target.ts';
import { type Cluster, connect } from '../../../src/kubernetes/cluster.ts';
import { parseKubeconfig, targetOf } from '../../../src/kubernetes/kubeconfig.ts';
import { type DirectorServer, serveApi } from '../../../src/sandbox/director/http/server.ts';
import type { Instance } from '../../../src/sandbox/director/model.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';

/** An embedded cluster with a Director that has deployed to it. */
export interface ServedDirector extends Foundation {
  readonly sandbox: Sandbox;
  readonly cluster: Cluster;
  readonly server: DirectorServer;
  /** For src/director, as admin. */
  readonly target: DirectorTarget;
  /** The same for a user who may only look (scope bosh.read). */
  readonly readerTarget: DirectorTarget;
  /** Where the machines are, by `group/index`. */
  instance(name: string): Instance;
  stop(): Promise<void>;
}

/** Two machines with a disk on a manual network, two without one on a dynamic network. */
const groups: readonly InstanceGroup[] = [
  { name: 'db', instances: 2, cpu: '100m', memory: '128Mi', disk: 1024 },
  { name: 'web', instances: 2, cpu: '100m', memory: '128Mi', network: 'dynamic' },
];

/** @param name of the deployment, whose machines are db/0, db/1, web/0 and web/1 */
export async function serveDirector(name = 'shop'): Promise<ServedDirector> {
  const nodes = zones.map((zone) => ({ name: `node-${zone}`, labels: { 'topology.kubernetes.io/zone': zone } }));
  const sandbox = await startSandbox({ nodes });
  const cluster = connect(targetOf(await parseKubeconfig(sandbox.kubeconfig)));
  await cluster.core.createNamespacedServiceAccount({ namespace: 'bosh', body: { metadata: { name: 'bosh-vm' } } });
  const foundation = createFoundation(cluster, sandbox);
  const server = await serveApi(foundation.director);
  const stemcell = { image: 'ghcr.io/cloudfoundry/ubuntu-noble-stemcell:1.204', digest: `sha256:${'a'.repeat(64)}` };
  const deployment: Deployment = { name, stemcell, hoursAgo: 1, subnet: 20, groups };
  await deploy(sandbox, foundation, deployment);
  const targetFor = (user: DirectorServer['admin']): DirectorTarget => ({
    name: 'embedded',
    url: server.url,
    ca: server.authority,
    credentials: { kind: 'client', client: user.name, secret: user.password },
  });
  return {
    ...foundation,
    sandbox,
    cluster,
    server,
    target: targetFor(server.admin),
    readerTarget: targetFor(server.reader),
    instance(wanted) {
      const instances = foundation.director.deployments.get(name)?.instances ?? [];
      const found = instances.find(({ group, index }) => `${group}/${index}` === wanted);
      if (found === undefined) throw new Error(`the deployment has no ${wanted}`);
      return found;
    },
    async stop() {
      await server.stop();
      cluster.close();
      await sandbox.stop();
    },
  };
}
