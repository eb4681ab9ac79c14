import test, { type ExecutionContext } from 'ava';
import { type FeedIntervals, startDirectorFeed } from '../../src/director/feed.ts';
import type { DirectorFeed, DirectorView } from '../../src/director/model.ts';
import {
  connectTo,
  json,
  type Reply,
  type Script,
  type ScriptedDirector,
  scripted,
  task,
  taskOf,
  toTask,
} from './support/director.ts';

const quick: Partial<FeedIntervals> = { listingsMs: 20, busyMs: 5, retryMs: 5 };
const never: Partial<FeedIntervals> = { listingsMs: 3_600_000, busyMs: 3_600_000, retryMs: 5 };

const instance = (name: string, cid: string) => ({
  job: 'db',
  index: 0,
  id: `id-${name}`,
  az: 'z1',
  agent_id: 'a',
  cid,
  ips: ['10.0.0.1'],
  vm_created_at: '2026-11-23T01:10:43Z',
  expects_vm: true,
});

/** A Director with these deployments, each with one instance, and whatever else it is to answer. */
async function director(t: ExecutionContext, names: readonly string[], script: Script = {}): Promise<ScriptedDirector> {
  const instances = names.map((name): [string, Reply] => [
    `GET /deployments/${name}/instances`,
    json([instance(name, `vm-${name}`)]),
  ]);
  return await scripted(t, {
    'GET /deployments': json(names.map((name) => ({ name, teams: [], locked: false }))),
    ...Object.fromEntries(instances),
    ...Object.fromEntries(names.map((name) => [`GET /deployments/${name}/vms`, json([])])),
    'GET /tasks': json([]),
    'GET /locks': json([]),
    'GET /disks': json([]),
    'GET /orphaned_vms': json([]),
    ...script,
  });
}

function feedOf(t: ExecutionContext, { target }: ScriptedDirector, intervals = quick): DirectorFeed {
  const feed = startDirectorFeed(connectTo(t, target), intervals);
  t.teardown(() => feed.close());
  return feed;
}

/** The first view that is so, within a generous bound. */
async function until(feed: DirectorFeed, holds: (view: DirectorView) => boolean): Promise<DirectorView> {
  const bound = AbortSignal.timeout(30_000);
  while (!holds(feed.view())) {
    bound.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return feed.view();
}

const isLive = ({ freshness }: DirectorView) => freshness.state === 'live';

test('a feed begins with all there is', async (t) => {
  const feed = feedOf(t, await director(t, ['cf', 'mysql']), never);
  t.is(feed.view().freshness.state, 'syncing');
  const view = await until(feed, isLive);
  t.is(view.info?.version, '280.1.0 (7d93b118)');
  t.deepEqual(
    view.deployments.map(({ name }) => name),
    ['cf', 'mysql'],
  );
  t.deepEqual(view.instances.map(({ cid }) => cid).toSorted(), ['vm-cf', 'vm-mysql']);
  t.deepEqual([view.orphanDisks, view.orphanVms, view.locks, view.tasks], [[], [], [], []]);
});

test('without a change nothing is said, and what is known stays the same object', async (t) => {
  const listed = [instance('cf', 'vm-1'), { ...instance('cf', 'vm-2'), id: 'id-2', index: 1 }];
  const scriptedDirector = await director(t, ['cf'], {
    // a Director has no order of its own
    'GET /deployments/cf/instances': () => json(listed.reverse()),
  });
  const feed = feedOf(t, scriptedDirector);
  const first = await until(feed, isLive);
  const version = feed.version();
  let said = 0;
  feed.subscribe(() => {
    said += 1;
  });
  const before = scriptedDirector.asked.length;
  while (scriptedDirector.asked.length < before + 30) await new Promise((resolve) => setTimeout(resolve, 2));
  t.is(said, 0);
  t.is(feed.version(), version);
  t.is(feed.view(), first);
});

test('the instances of a deployment are read again when its task has ended, the others are not', async (t) => {
  const names = Array.from({ length: 40 }, (_, index) => `d${index}`);
  let running: unknown[] = [taskOf(7, 'processing')].map((one) => ({ ...one, deployment: 'd7' }));
  let cid = 'vm-old';
  const one = await director(t, names, {
    'GET /tasks?state=processing%2Ccancelling%2Cqueued&verbose=2': () => json(running),
    'GET /deployments/d7/instances': () => json([instance('d7', cid)]),
  });
  const feed = feedOf(t, one, { ...never, busyMs: 5 });
  t.like((await until(feed, isLive)).tasks, [{ id: 7, deployment: 'd7', state: 'processing' }]);
  const reads = (name: string) => one.requests().filter((path) => path.endsWith(`/${name}/instances`)).length;
  running = [];
  cid = 'vm-new';
  const view = await until(feed, ({ tasks }) => tasks.length === 0);
  t.true(
    view.instances.some((found) => found.cid === 'vm-new'),
    'a task that is gone and what it did are told together',
  );
  t.is(reads('d7'), 2);
  t.deepEqual(
    names.filter((name) => name !== 'd7' && reads(name) !== 1),
    [],
  );
});

test('a task too short to be seen running is found among the latest', async (t) => {
  let latest: unknown[] = [taskOf(1, 'done')];
  let cid = 'vm-old';
  const one = await director(t, ['cf', 'other'], {
    'GET /tasks?limit=30&verbose=2': () => json(latest),
    'GET /deployments/cf/instances': () => json([instance('cf', cid)]),
  });
  const feed = feedOf(t, one, { ...quick, oldestMs: 3_600_000_000 });
  await until(feed, isLive);
  latest = [taskOf(2, 'done'), taskOf(1, 'done')];
  cid = 'vm-new';
  await until(feed, ({ instances }) => instances.some((found) => found.cid === 'vm-new'));
  t.pass();
});

test('a scan is no task to wait for', async (t) => {
  const scan = { ...taskOf(9, 'processing'), description: 'retrieve vm-stats' };
  const one = await director(t, ['cf'], {
    'GET /tasks?state=processing%2Ccancelling%2Cqueued&verbose=2': json([scan]),
  });
  t.deepEqual((await until(feedOf(t, one), isLive)).tasks, []);
});

test('a lock shows on its deployment', async (t) => {
  let locks: unknown[] = [];
  const one = await director(t, ['cf'], { 'GET /locks': () => json(locks) });
  const feed = feedOf(t, one);
  await until(feed, isLive);
  locks = [{ type: 'deployment', resource: ['cf'], timeout: '1.0', task_id: '7' }];
  await until(feed, ({ deployments }) => deployments[0]?.locked === true);
  t.deepEqual(feed.view().locks, [{ type: 'deployment', resource: ['cf'], task: '7' }]);
});

test('what the user may not read is undefined, and asked for once', async (t) => {
  const denied = json({ code: 600_000, description: 'Require one of the scopes: bosh.admin' }, 401);
  const one = await director(t, ['cf'], {
    'GET /disks': denied,
    'GET /locks': denied,
    'GET /orphaned_vms': json({ code: 10_002, description: 'no' }, 403),
  });
  const feed = feedOf(t, one);
  const view = await until(feed, isLive);
  t.deepEqual([view.orphanDisks, view.orphanVms, view.locks], [undefined, undefined, undefined]);
  const before = one.asked.length;
  while (one.asked.length < before + 20) await new Promise((resolve) => setTimeout(resolve, 2));
  for (const path of ['GET /disks', 'GET /orphaned_vms', 'GET /locks']) {
    t.is(one.requests().filter((request) => request === path).length, 1, path);
  }
});

test('a Director that is gone leaves what was known, stale, and comes back', async (t) => {
  let up = true;
  const one = await director(t, ['cf'], { 'GET /locks': () => (up ? json([]) : { status: 500 }) });
  const feed = feedOf(t, one);
  await until(feed, isLive);
  up = false;
  const stale = await until(feed, ({ freshness }) => freshness.state === 'stale');
  t.like(stale.freshness, { state: 'stale', reason: `${one.target.url} answered 500 to GET /locks` });
  t.is(stale.instances.length, 1);
  up = true;
  await until(feed, isLive);
  t.pass();
});

test('credentials that are not taken are a failure that says so', async (t) => {
  const one = await director(t, [], { 'GET /tasks': { status: 401, body: "Not authorized: '/tasks'\n" } });
  const view = await until(feedOf(t, one), ({ freshness }) => freshness.state === 'failed');
  t.like(view.freshness, {
    reason:
      'lab does not accept the credentials of admin; check BOSH_CLIENT and BOSH_CLIENT_SECRET, or run `bosh -e lab log-in`',
  });
});

test('a scan joins the instances with its age, until their VM is another', async (t) => {
  let cid = 'vm-cf';
  const line = { id: 'id-cf', vm_cid: 'vm-cf', state: 'started', job_state: 'running', disk_cids: ['disk-1'] };
  const one = await director(t, ['cf'], {
    'GET /deployments/cf/instances?format=full': toTask(9),
    'GET /deployments/cf/instances': () => json([instance('cf', cid)]),
    'GET /tasks/9': task(9, 'done'),
    'GET /tasks/9/output?type=event': { status: 204 },
    'GET /tasks/9/output?type=result': { body: `${JSON.stringify(line)}\n` },
  });
  const feed = feedOf(t, one, never);
  await until(feed, isLive);
  t.is(feed.view().instances[0]?.scan, undefined);
  const before = Date.now();
  await Promise.all([feed.scan(), feed.scan('cf')]);
  const scan = feed.view().instances[0]?.scan;
  t.like(scan, { state: 'started', jobState: 'running', disks: ['disk-1'] });
  t.true((scan?.at ?? 0) >= before);
  t.is(one.requests().filter((path) => path.includes('format=full')).length, 1, 'two that ask at once share a scan');
  cid = 'vm-new';
  feed.refresh();
  const view = await until(feed, ({ instances }) => instances[0]?.cid === 'vm-new');
  t.is(view.instances[0]?.scan, undefined);
});

test('agents that were asked for are asked again when a task of their deployment has ended', async (t) => {
  let cid = 'vm-cf';
  let running: unknown[] = [];
  const line = () => ({ id: 'id-cf', vm_cid: cid, state: 'started', job_state: 'running', disk_cids: [] });
  const one = await director(t, ['cf', 'other'], {
    'GET /tasks?state=processing%2Ccancelling%2Cqueued&verbose=2': () => json(running),
    'GET /deployments/cf/instances?format=full': toTask(9),
    'GET /deployments/cf/instances': () => json([instance('cf', cid)]),
    'GET /tasks/9': task(9, 'done'),
    'GET /tasks/9/output?type=event': { status: 204 },
    'GET /tasks/9/output?type=result': () => ({ body: `${JSON.stringify(line())}\n` }),
  });
  const feed = feedOf(t, one);
  await until(feed, isLive);
  await feed.scan('cf');
  running = ['cf', 'other'].map((deployment, index) => ({ ...taskOf(7 + index, 'processing'), deployment }));
  await until(feed, ({ tasks }) => tasks.length === 2);
  [running, cid] = [[], 'vm-new'];
  const found = await until(feed, ({ instances }) =>
    instances.some((each) => each.cid === 'vm-new' && each.scan !== undefined),
  );
  t.is(found.instances.find(({ deployment }) => deployment === 'other')?.scan, undefined, 'nobody asked for those');
});

test('a VM beside the one of its instance is known too', async (t) => {
  const vm = (cid: string, active: boolean) => ({ ...instance('cf', cid), active, permanent_nats_credentials: true });
  const one = await director(t, ['cf'], { 'GET /deployments/cf/vms': json([vm('vm-cf', true), vm('vm-left', false)]) });
  const { inactiveVms } = await until(feedOf(t, one), isLive);
  t.deepEqual(inactiveVms, [{ cid: 'vm-left', deployment: 'cf', instance: 'db/id-cf' }]);
});

test('a deployment that is deleted takes its instances along', async (t) => {
  let names = ['cf', 'old'];
  const one = await director(t, names, {
    'GET /deployments': () => json(names.map((name) => ({ name, teams: [], locked: false }))),
  });
  const feed = feedOf(t, one);
  t.is((await until(feed, isLive)).instances.length, 2);
  names = ['cf'];
  const view = await until(feed, ({ instances }) => instances.length === 1);
  t.is(view.instances[0]?.deployment, 'cf');
});

test('after it was closed nothing is asked', async (t) => {
  const one = await director(t, ['cf']);
  const feed = feedOf(t, one);
  await until(feed, isLive);
  feed.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const { length } = one.asked;
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.is(one.asked.length, length);
});
