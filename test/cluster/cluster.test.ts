import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { connect } from '../../src/kubernetes/cluster.ts';
import { loadKubeconfig, targetOf } from '../../src/kubernetes/kubeconfig.ts';
import { startCluster, stopCluster } from './cluster.ts';
import { stateFolder } from './paths.ts';
import { isRunning } from './process.ts';
import { readState } from './state.ts';
import { waitFor } from './wait.ts';
import { createWorkspace } from './workspace.ts';

// A first build takes minutes: whoever wants it says so.
const isWanted = process.env.TEST_CLUSTER !== undefined;
const run = isWanted ? test.serial : test.serial.skip;
const how = isWanted ? '' : ' (needs a built Kubernetes: npm test -- --cluster)';

function named(t: ExecutionContext, suffix: string): string {
  const name = `t${process.pid}-${suffix}`;
  t.timeout(180_000);
  t.teardown(() => stopCluster(name));
  return name;
}

run(`a control plane starts, admits an installed CPI with its rights only, and is gone afterwards${how}`, async (t) => {
  const cluster = await startCluster({ name: named(t, 'plane') });
  const records = readState(cluster.name)?.processes ?? [];
  t.deepEqual(
    records.map(({ name }) => name),
    ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'],
  );
  const workspace = await createWorkspace(cluster);
  const cpi = connect(targetOf(await loadKubeconfig({ paths: [workspace.kubeconfig] })));
  t.teardown(cpi.close);
  const list = (path: string) => cpi.json<{ items: unknown[] }>({ method: 'GET', path });
  t.deepEqual((await list(`/api/v1/namespaces/${workspace.namespace}/pods`)).items, []);
  for (const path of ['/api/v1/nodes', '/api/v1/namespaces/default/pods', '/api/v1/namespaces/kube-system/secrets']) {
    await t.throwsAsync(list(path), { message: /system:serviceaccount:.*:kubernetes-cpi" cannot list/ }, path);
  }
  await workspace.remove();
  t.true(await stopCluster(cluster.name));
  t.deepEqual(records.filter(isRunning), []);
  t.false(existsSync(stateFolder(cluster.name)));
  t.false(await stopCluster(cluster.name));
});

run(`the running cluster of a name is answered, a broken one is started anew${how}`, async (t) => {
  const name = named(t, 'again');
  const first = await startCluster({ name });
  t.is((await startCluster({ name })).server, first.server);
  const apiserver = readState(name)?.processes.find((record) => record.name === 'kube-apiserver');
  process.kill(apiserver?.pid ?? 0, 'SIGKILL');
  await waitFor('the API server ended', 10_000, async () => (apiserver && isRunning(apiserver) ? undefined : true));
  await startCluster({ name });
  t.true(readState(name)?.processes.every(isRunning));
});

run(`what a killed launcher started is taken down${how}`, async (t) => {
  const name = named(t, 'killed');
  const launcher = spawn(process.execPath, [join(import.meta.dirname, 'cli.ts'), 'up', '--name', name]);
  const started = await waitFor('two processes', 60_000, async () => {
    const records = readState(name)?.processes ?? [];
    return records.length >= 2 ? records : undefined;
  });
  launcher.kill('SIGKILL');
  t.true(await stopCluster(name));
  t.deepEqual(started.filter(isRunning), []);
});

test('a name that could not name a namespace is refused', async (t) => {
  await t.throwsAsync(startCluster({ name: 'Not a name' }), { message: /cluster name "Not a name"/ });
});
