import { get, type IncomingMessage } from 'node:http';
import test from 'ava';
import { connect } from '../../../src/kubernetes/cluster.ts';
import { parseKubeconfig, targetOf } from '../../../src/kubernetes/kubeconfig.ts';
import { startSandbox } from '../../../src/sandbox/sandbox.ts';

test('a watch whose client does not read ends at its time, and the next change finds it ended', async (t) => {
  const sandbox = await startSandbox({ nodes: [], scheduler: false, storage: false });
  const cluster = connect(targetOf(await parseKubeconfig(sandbox.kubeconfig)));
  const secrets = '/api/v1/namespaces/bosh/secrets';
  const headers = { authorization: 'Bearer anybody' };
  const watch = await new Promise<IncomingMessage>((resolve) => {
    get(`${sandbox.url}${secrets}?watch=1&timeoutSeconds=4`, { headers }, resolve);
  });
  t.teardown(async () => {
    watch.destroy();
    cluster.close();
    await sandbox.stop();
  });
  const body = { metadata: { name: 'big' }, stringData: { text: 'x'.repeat(500_000) } };
  await cluster.json({ method: 'POST', path: secrets, body });
  const change = (count: number) =>
    cluster.json({ method: 'PATCH', path: `${secrets}/big`, body: { metadata: { labels: { count: `${count}` } } } });
  // more than the sockets between the two take
  for (let count = 0; count < 60; count++) await change(count);
  await new Promise((resolve) => setTimeout(resolve, 5000));
  await change(60);
  await t.notThrowsAsync(change(61));
});
