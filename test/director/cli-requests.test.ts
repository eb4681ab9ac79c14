import { readFileSync } from 'node:fs';
import test from 'ava';
import type { DirectorClient } from '../../src/director/client.ts';
import { connectTo, json, scripted, task, toTask } from './support/director.ts';

interface Recorded {
  readonly command: string;
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }[];
}

/** What bosh CLI 7.10.6 sent to a server that wrote it down, but for `/info` and the following of task 7. */
const recordings = JSON.parse(
  readFileSync(new URL('../fixtures/director/cli-requests.json', import.meta.url), 'utf8'),
) as readonly Recorded[];

const instance = { deployment: 'cf', group: 'db', id: '5a2f7c9e-0000-4000-8000-000000000001' };
const slug = `db/${instance.id}`;

const calls: Readonly<Record<string, (client: DirectorClient) => Promise<unknown>>> = {
  'disks --orphaned': (client) => client.orphanDisks(),
  'orphaned-vms': (client) => client.orphanVms(),
  locks: (client) => client.locks(),
  stemcells: (client) => client.stemcells(),
  events: (client) => client.events(),
  [`-d cf events --instance ${slug}`]: (client) => client.events({ deployment: 'cf', instance: slug }),
  'tasks --all': (client) => client.tasks(),
  'tasks --recent=30 --all': (client) => client.recentTasks(30),
  'orphan-disk eu:disk-1': (client) => client.orphanDisk('eu:disk-1'),
  [`-d cf attach-disk ${slug} eu:disk-1 --disk-properties=copy`]: (client) => client.attachDisk(instance, 'eu:disk-1'),
  'delete-disk eu:disk-1': (client) => client.deleteDisk('eu:disk-1'),
  '-d cf delete-vm eu:vm-1': (client) => client.deleteVm('eu:vm-1'),
  [`-d cf start ${slug} --no-converge`]: (client) => client.act(instance, { name: 'start' }),
  [`-d cf stop ${slug} --no-converge`]: (client) => client.act(instance, { name: 'stop' }),
  [`-d cf stop ${slug} --no-converge --hard`]: (client) => client.act(instance, { name: 'stop', hard: true }),
  [`-d cf restart ${slug} --no-converge`]: (client) => client.act(instance, { name: 'restart' }),
  [`-d cf recreate ${slug} --no-converge`]: (client) => client.act(instance, { name: 'recreate' }),
  [`-d cf recreate ${slug} --no-converge --fix`]: (client) =>
    client.act(instance, { name: 'recreate', unresponsive: true }),
  '-d cf cck --report': async (client) => {
    await client.scanProblems('cf');
    await client.problems('cf');
  },
  '-d cf cck --auto': async (client) => {
    await client.scanProblems('cf');
    await client.problems('cf');
    await client.resolveProblems('cf', new Map([[4, null]]));
  },
  '-d cf cck --resolution recreate_vm': async (client) => {
    await client.scanProblems('cf');
    await client.problems('cf');
    await client.resolveProblems('cf', new Map([[4, 'recreate_vm']]));
  },
};

for (const [command, call] of Object.entries(calls)) {
  test(`asks what the CLI asks: bosh ${command}`, async (t) => {
    const expected = recordings.find((one) => one.command === `bosh ${command}`)?.requests;
    const anything = ({ method }: { method: string }) => (method === 'GET' ? json([]) : toTask(7));
    const script = Object.fromEntries(
      (expected ?? []).map(({ method, path }) => [`${method} ${bare(path)}`, anything]),
    );
    const { target, asked } = await scripted(t, script);
    await call(connectTo(t, target));
    const sent = asked
      .filter(({ path }) => path !== '/info')
      .map(({ method, path, headers, body }) => ({
        method,
        path,
        ...(headers['content-type'] !== undefined && { headers: { 'content-type': headers['content-type'] } }),
        ...(body !== '' && { body }),
      }));
    // the CLI leaves a question mark where there is no query
    t.deepEqual(
      sent,
      expected?.map((one) => ({ ...one, path: bare(one.path) })),
    );
  });
}

test('asks what the CLI asks: bosh cancel-task, and a task is followed as it does', async (t) => {
  const { target, requests, asked } = await scripted(t, {
    'GET /tasks/7': task(7, 'done'),
    'GET /tasks/7/output?type=event': { status: 416 },
    'DELETE /task/7': { status: 204 },
  });
  const client = connectTo(t, target);
  await client.followTask(7, () => {});
  await client.cancelTask(7);
  t.deepEqual(requests(), ['GET /tasks/7', 'GET /tasks/7/output?type=event', 'DELETE /task/7']);
  t.is(asked.find(({ path }) => path.includes('output'))?.headers.range, 'bytes=0-');
});

function bare(path: string): string {
  return path.replace(/\?$/, '');
}
