import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { agentIdLabel, metadataAnnotation } from '../../src/bosh/labels.ts';
import { kubeconfigOf } from '../../src/sandbox/sandbox.ts';
import type { ApiUnderTest } from '../contract/api/backends.ts';
import { onBoth } from '../contract/api/on-both.ts';
import { disturbed } from '../kubernetes/support/disturbed.ts';
import { startProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/** A machine nobody runs: what is tried is what the screen says of it. */
async function make({ cluster, namespace }: ApiUnderTest, instance: string): Promise<void> {
  const [job, index] = instance.split('/');
  const agentId = `${job}-${index}`;
  await cluster.json({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/pods`,
    body: {
      metadata: {
        name: `agent-${agentId}`,
        labels: { [agentIdLabel]: agentId },
        annotations: { [metadataAnnotation]: JSON.stringify({ deployment: 'cf', job, index }) },
      },
      spec: { automountServiceAccountToken: false, containers: [{ name: 'bosh-job', image: 'registry.test/s:1' }] },
    },
  });
}

async function remove({ cluster, namespace }: ApiUnderTest, instance: string): Promise<void> {
  await cluster.json({
    method: 'DELETE',
    path: `/api/v1/namespaces/${namespace}/pods/agent-${instance.replace('/', '-')}`,
    body: { gracePeriodSeconds: 0 },
  });
}

/** What the console watches: pods, claims, volumes, records, Services, Events, nodes, classes. */
const collections = 8;

/** Starts the console on an API server that can be taken away. */
async function watched(t: ExecutionContext, api: ApiUnderTest) {
  const through = await disturbed(t, api.cluster);
  const kubeconfig = kubeconfigOf(through.cluster.server, 'test', api.namespace, undefined, undefined);
  const { terminal } = await startProgram(t, ['console'], { sandbox: { kubeconfig } });
  // only watches that are open can be broken: until then a list is what is shown
  const isWatch = (url: URL) => url.searchParams.has('watch') && /\/(pods|persistentvolumeclaims)$/.test(url.pathname);
  await terminal.waitFor(() => through.requests.filter(isWatch).length >= 2 && through.answering() >= collections);
  return { through, terminal };
}

/** Machines on the screen, in its order. */
function machines(terminal: Terminal): readonly string[] {
  return terminal.screen().flatMap((line) => /^[ ≠][▸● ] ([a-z]+\/\d+) /.exec(line)?.[1] ?? []);
}

async function shows(
  t: ExecutionContext,
  terminal: Terminal,
  state: string,
  expected: readonly string[],
): Promise<void> {
  const isSo = () => terminal.screen()[0]?.includes(state) === true && String(machines(terminal)) === String(expected);
  await t.notThrowsAsync(terminal.waitFor(isSo, 60_000));
}

onBoth('rows stay when the server goes, marked as old, and are right again when it is back', async (t, api) => {
  for (const instance of ['api/0', 'api/1', 'router/0']) await make(api, instance);
  const { through, terminal } = await watched(t, api);
  await shows(t, terminal, 'live', ['api/0', 'api/1', 'router/0']);
  through.rule = () => 'refuse';
  through.cut();
  await shows(t, terminal, 'stale', ['api/0', 'api/1', 'router/0']);
  await remove(api, 'api/1');
  await make(api, 'uaa/0');
  terminal.press('j', 'enter');
  await terminal.waitFor('agent-api-1');
  t.true(terminal.screen()[0]?.includes('stale'), 'what was known can still be looked at');
  terminal.press('escape');
  through.rule = () => undefined;
  await shows(t, terminal, 'live', ['api/0', 'router/0', 'uaa/0']);
});

onBoth('a version the server has forgotten leaves no row behind', async (t, api) => {
  for (const instance of ['api/0', 'api/1', 'api/2']) await make(api, instance);
  const { through, terminal } = await watched(t, api);
  await shows(t, terminal, 'live', ['api/0', 'api/1', 'api/2']);
  through.rule = () => 'refuse';
  through.cut();
  await shows(t, terminal, 'stale', ['api/0', 'api/1', 'api/2']);
  await remove(api, 'api/0');
  await make(api, 'api/3');
  let forgotten = 0;
  through.rule = (url) => {
    const isOld = url.searchParams.has('watch') && url.pathname.endsWith('/pods') && forgotten++ === 0;
    return isOld ? { status: 410, reason: 'Expired' } : undefined;
  };
  await shows(t, terminal, 'live', ['api/1', 'api/2', 'api/3']);
  t.true(forgotten > 0);
});

onBoth('a connection that says nothing any more is found out, said, and replaced', async (t, api) => {
  await make(api, 'api/0');
  const { through, terminal } = await watched(t, api);
  await shows(t, terminal, 'live', ['api/0']);
  through.stall();
  through.rule = () => ({ status: 503, reason: 'ServiceUnavailable' });
  await make(api, 'api/1');
  await shows(t, terminal, 'stale', ['api/0']);
  through.rule = () => undefined;
  await shows(t, terminal, 'live', ['api/0', 'api/1']);
});

onBoth('a flood of changes ends as the server has it, and leaves no memory behind', async (t, api) => {
  const count = 20;
  const instances = Array.from({ length: count }, (_, index) => `api/${index}`);
  for (const instance of instances) await make(api, instance);
  const { terminal } = await watched(t, api);
  await shows(t, terminal, 'live', instances);
  await flood(api, count, 2);
  await sleep(1000);
  const before = residentKiB(terminal.pid);
  const seconds = process.env.TEST_MATRIX === 'full' ? 30 : 5;
  const changes = await flood(api, count, seconds);
  t.log(`${Math.round(changes / seconds)} changes a second for ${seconds} s`);
  await remove(api, 'api/0');
  await shows(t, terminal, 'live', instances.slice(1));
  // collected garbage is given back to the system late, if ever: what leaks grows with the changes
  t.true(residentKiB(terminal.pid) < before * 1.5 + 20_000, `${before} KiB before, ${residentKiB(terminal.pid)} after`);
});

/** Relabels machines as fast as sixteen writers can. @returns how often */
async function flood({ cluster, namespace }: ApiUnderTest, count: number, seconds: number): Promise<number> {
  const end = Date.now() + seconds * 1000;
  let turn = 0;
  async function writer(): Promise<void> {
    while (Date.now() < end) {
      const path = `/api/v1/namespaces/${namespace}/pods/agent-api-${turn++ % count}`;
      await cluster.json({ method: 'PATCH', path, body: { metadata: { labels: { turn: String(turn) } } } });
    }
  }
  await Promise.all(Array.from({ length: 16 }, writer));
  return turn;
}

function residentKiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
