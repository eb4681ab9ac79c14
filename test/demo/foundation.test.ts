import test from 'ava';
import { addressAnnotation, metadataAnnotation } from '../../src/bosh/labels.ts';
import { deployFoundation } from '../../src/demo/foundation/deploy.ts';
import { createFoundation } from '../../src/demo/foundation/director.ts';
import { grow } from '../../src/demo/foundation/fleet.ts';
import { befall, createRegistry } from '../../src/demo/foundation/mishaps.ts';
import { planNodes } from '../../src/demo/foundation/nodes.ts';
import { connect } from '../../src/kubernetes/cluster.ts';
import { parseKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';
import type { ApiObject } from '../../src/sandbox/api/object.ts';
import { resource } from '../../src/sandbox/api/resources.ts';
import { instancesOf } from '../../src/sandbox/director/director.ts';
import { managedDisk } from '../../src/sandbox/director/model.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';

interface Row {
  readonly cells: readonly string[];
  readonly object: ApiObject;
}

test('the foundation is what the CPI made, as old as it should be, with what went wrong in it', async (t) => {
  const registry = createRegistry();
  const nodes = planNodes(100);
  const sandbox = await startSandbox({
    nodes: nodes.map(({ zone, ...node }) => ({
      ...node,
      labels: { 'topology.kubernetes.io/zone': zone },
      ...registry.nodeOptions,
    })),
  });
  const cluster = connect(targetOf(await parseKubeconfig(sandbox.kubeconfig)));
  t.teardown(async () => {
    cluster.close();
    await sandbox.stop();
  });
  await cluster.core.createNamespacedServiceAccount({ namespace: 'bosh', body: { metadata: { name: 'bosh-vm' } } });
  const foundation = createFoundation(cluster, sandbox);
  const { director } = foundation;
  await deployFoundation(sandbox, foundation);
  t.is(instancesOf(director).length, 60);
  t.is(instancesOf(director).filter((instance) => managedDisk(instance) !== undefined).length, 17);
  await grow(sandbox.api.store, nodes, director, 100);
  await befall({ sandbox, cluster, foundation, registry });
  // the director knows every machine there is
  const vms = instancesOf(director).flatMap(({ vm }) => vm?.cid ?? []);
  t.is(new Set(vms).size, 101);

  const answer = await fetch(`${sandbox.url}/api/v1/namespaces/bosh/pods`, {
    headers: { authorization: 'Bearer anybody', accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  });
  const all = ((await answer.json()) as { rows: readonly Row[] }).rows;
  const rows = all.filter(({ object }) => object.metadata.annotations?.[metadataAnnotation] !== undefined);
  t.is(rows.length, 101);
  const shown = rows.map(({ cells: [, , status, restarts, age], object }) => {
    const told = JSON.parse(object.metadata.annotations?.[metadataAnnotation] ?? '{}');
    return { instance: `${told.instance_group}/${told.index}`, status, restarts, age };
  });
  const of = (instance: string) => shown.find((row) => row.instance === instance);
  t.like(of('zookeeper/0'), { status: 'Running', age: '41d' });
  t.like(of('api/0'), { status: 'Running', age: '12d' });
  t.like(of('diego-cell/10'), { status: 'Terminating', age: '12d' });
  t.like(of('worker/6'), { status: 'ImagePullBackOff', age: '24m' });
  t.like(of('doppler/1'), { status: 'Running', restarts: '4 (7h ago)', age: '12d' });
  t.is(new Set(shown.map(({ instance }) => instance)).size, 101, 'copies are instances of their own');

  // a copy is found by everything an original is found by
  const copy = sandbox.api.store
    .list(resource('', 'pods'), 'bosh')
    .find(
      ({ metadata }) =>
        JSON.parse(metadata.annotations?.[metadataAnnotation] ?? '{}').name?.startsWith('database/') &&
        metadata.labels?.['bosh.cloudfoundry.org/index'] === '100',
    );
  const service = sandbox.api.store.get(resource('', 'services'), 'bosh', `${copy?.metadata.name}-default`);
  t.is(copy?.metadata.annotations?.[addressAnnotation], service?.spec?.clusterIP as string);
  const attachment = sandbox.api.store
    .list(resource('', 'pods'), 'bosh')
    .find(({ metadata }) => metadata.labels?.['bosh.cloudfoundry.org/attached-to'] === copy?.metadata.name);
  const disk = attachment?.metadata.name.replace('attachment-', '') ?? '';
  const claim = sandbox.api.store.get(resource('', 'persistentvolumeclaims'), 'bosh', disk);
  const volume = sandbox.api.store.get(resource('', 'persistentvolumes'), '', String(claim?.spec?.volumeName));
  t.like(volume, { spec: { claimRef: { name: disk, uid: claim?.metadata.uid } } });

  // and its node answers for it
  const log = await fetch(`${sandbox.url}/api/v1/namespaces/bosh/pods/${copy?.metadata.name}/log`, {
    headers: { authorization: 'Bearer anybody' },
  });
  t.is(log.status, 200);
});
