import anyTest, { type TestFn } from 'ava';
import { createDirector, type Director, enqueueLocked } from '../../../src/sandbox/director/director.ts';
import { type DirectorServer, serveApi } from '../../../src/sandbox/director/http/server.ts';
import type { Task } from '../../../src/sandbox/director/tasks.ts';
import type { Work } from '../../../src/sandbox/director/work.ts';
import { ask } from './http.ts';

interface Context {
  readonly director: Director;
  readonly server: DirectorServer;
}

const test = anyTest as TestFn<Context>;

test.beforeEach(async (t) => {
  const backend = { call: async () => undefined, ask: async () => undefined };
  const director = createDirector({ backend, name: 'test' });
  director.deployments.set('shop', { name: 'shop', manifest: 'name: shop\n', releases: [], instances: [] });
  t.context = { director, server: await serveApi(director) };
});
test.afterEach.always(async (t) => await t.context.server.stop());

const request = { user: 'admin', type: 'update_deployment', description: 'create deployment', deployment: 'shop' };

/** A task that holds the lock of `shop` until it is let go. */
async function holdLock({ director }: Context): Promise<{ readonly task: Task; readonly letGo: () => void }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const task = enqueueLocked(director, request, async () => {
    begun.resolve();
    await promise;
    return 'held';
  });
  await begun.promise;
  return { task, letGo: resolve };
}

async function finished({ director }: Context, job: (work: Work) => Promise<string | undefined>): Promise<Task> {
  const task = director.tasks.enqueue(request, job);
  await director.tasks.ended(task);
  return task;
}

test('output is answered from the byte on that is asked for, and 416 says that there is no more of it', async (t) => {
  const task = await finished(t.context, async (work) => {
    work.warn('bücher');
    return undefined;
  });
  const whole = Buffer.from((await ask(t.context, `/tasks/${task.id}/output?type=event`)).body);
  const from = async (range: string) =>
    await ask(t.context, `/tasks/${task.id}/output?type=event`, { headers: { range } });
  const rest = await from('bytes=5-');
  t.is(rest.status, 206);
  t.is(rest.headers['content-range'], `bytes 5-${whole.length - 1}/${whole.length}`);
  t.is(rest.body, whole.subarray(5).toString());
  t.like(await from('bytes=2-4'), { status: 206, body: whole.subarray(2, 5).toString() });
  t.like(await from('bytes=-3'), { status: 206, body: whole.subarray(-3).toString() });
  const none = await from(`bytes=${whole.length}-`);
  t.like(none, { status: 416, body: 'Byte range unsatisfiable' });
  t.is(none.headers['content-range'], `bytes */${whole.length}`);
  t.is((await from('bytes=0-1,3-4')).status, 200, 'several parts are answered by all of it');
});

test('a task that waits for a worker has no output yet', async (t) => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  for (let count = 0; count < 3; count++) t.context.director.tasks.enqueue(request, () => promise);
  const waiting = t.context.director.tasks.enqueue(request, async () => 'done at last');
  // the workers have begun
  await new Promise((done) => setTimeout(done, 20));
  t.is(JSON.parse((await ask(t.context, `/tasks/${waiting.id}`)).body).state, 'queued');
  t.like(await ask(t.context, `/tasks/${waiting.id}/output?type=event`), { status: 204, body: '' });
  t.is((await ask(t.context, `/tasks/${waiting.id}/output?type=none`)).status, 204);
  resolve(undefined);
  await t.context.director.tasks.ended(waiting);
  t.is(waiting.result, 'done at last');
});

test('a cancelled task ends at its next checkpoint, and one that is over cannot be cancelled', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const task = t.context.director.tasks.enqueue(request, async (work) => {
    await promise;
    work.checkpoint();
    return 'too late';
  });
  t.is((await ask(t.context, `/task/${task.id}`, { method: 'DELETE' })).status, 204);
  t.is(task.state, 'cancelling');
  resolve();
  await t.context.director.tasks.ended(task);
  t.like(JSON.parse((await ask(t.context, `/tasks/${task.id}`)).body), {
    state: 'cancelled',
    result: 'task cancelled',
  });
  t.like(await ask(t.context, `/task/${task.id}`, { method: 'DELETE' }), {
    status: 400,
    body: `Cannot cancel task ${task.id}: invalid state (cancelled)`,
  });
});

test('tasks are cancelled by state and type, and only what waits or runs can be', async (t) => {
  const { letGo, task } = await holdLock(t.context);
  const cancel = async (body: object) =>
    await ask(t.context, '/tasks/cancel', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  t.is((await cancel({ states: ['done'] })).status, 400);
  t.is((await cancel({ states: ['processing'], types: ['update_instance'] })).status, 204);
  t.is(task.state, 'processing');
  t.is((await cancel({ states: ['processing'], deployment: 'shop' })).status, 204);
  t.is(task.state, 'cancelling');
  letGo();
  await t.context.director.tasks.ended(task);
});

test('a lock is listed with its task while it is held, and its deployment says so', async (t) => {
  const { task, letGo } = await holdLock(t.context);
  const [lock] = JSON.parse((await ask(t.context, '/locks')).body);
  t.like(lock, { type: 'deployment', resource: ['shop'], task_id: String(task.id) });
  t.regex(lock.timeout, /^\d+\.\d{6}$/);
  const locked = async () => JSON.parse((await ask(t.context, '/deployments')).body)[0].locked;
  t.true(await locked());
  letGo();
  await t.context.director.tasks.ended(task);
  t.false(await locked());
  t.is((await ask(t.context, '/locks')).body, '[]');
});

test('a task waits for the lock that another holds', async (t) => {
  const first = await holdLock(t.context);
  const second = enqueueLocked(t.context.director, request, async () => 'had its turn');
  first.letGo();
  await t.context.director.tasks.ended(second);
  t.like(second, { state: 'done', result: 'had its turn' });
});

test('a cloud-check does not wait for the lock', async (t) => {
  const { letGo, task } = await holdLock(t.context);
  const { status, headers } = await ask(t.context, '/deployments/shop/scans', { method: 'POST' });
  t.is(status, 302);
  const scan = t.context.director.tasks.find(new URL(String(headers.location)).pathname.replace('/tasks/', ''));
  await t.context.director.tasks.ended(scan);
  t.is(scan.state, 'error');
  t.is(scan.result, 'Unable to get deployment lock, maybe a deployment is in progress. Try again later.');
  letGo();
  await t.context.director.tasks.ended(task);
});

test('what fails is told in the event output with its code, and the result is cut', async (t) => {
  const task = await finished(t.context, async () => {
    throw new Error('x'.repeat(200));
  });
  const { body } = await ask(t.context, `/tasks/${task.id}/output?type=event`);
  t.deepEqual(JSON.parse(body).error, { code: 100, message: 'x'.repeat(200) });
  t.is(task.result, `${'x'.repeat(128)}...`);
});

test('a redirect names the host that the client used', async (t) => {
  const reply = await ask(t.context, '/deployments/shop/vms?format=full', { headers: { host: 'bosh.example:25555' } });
  t.is(reply.headers.location, 'https://bosh.example:25555/tasks/1');
});

test('a user who may only read is refused what is an admin’s, with the scopes that would do', async (t) => {
  const { name, password } = t.context.server.reader;
  const login = `${name}:${password}`;
  await finished(t.context, async () => undefined);
  for (const path of ['/deployments', '/deployments/shop/instances', '/tasks', '/locks', '/events', '/stemcells']) {
    t.is((await ask(t.context, path, { login })).status, 200, path);
  }
  t.is((await ask(t.context, '/tasks/1/output?type=event', { login })).status, 200);
  const refused = ['/disks', '/orphaned_vms', '/deployments/shop/problems', '/tasks/1/output?type=debug'];
  for (const path of refused) {
    const { status, body } = await ask(t.context, path, { login });
    t.is(status, 401, path);
    const description = `Require one of the scopes: bosh.admin, bosh.${t.context.director.uuid}.admin`;
    t.deepEqual(JSON.parse(body), { code: 600000, description });
  }
  t.is((await ask(t.context, '/disks/disk-x?orphan=true', { method: 'DELETE', login })).status, 401);
  t.is(t.context.director.tasks.list().length, 1, 'nothing was begun');
});

test('only the password that was made for a user lets it in', async (t) => {
  const { name } = t.context.server.admin;
  for (const login of [`${name}:`, `${name}:wrong`, `nobody:${t.context.server.admin.password}`]) {
    t.is((await ask(t.context, '/tasks', { login })).status, 401);
    t.is(JSON.parse((await ask(t.context, '/info', { login })).body).user, null);
  }
  t.is(JSON.parse((await ask(t.context, '/info')).body).user, name);
});

test('events are found by what they are about, newest first', async (t) => {
  await finished(t.context, async (work) => {
    for (const name of ['disk-a', 'disk-b']) {
      await work.logged({ action: 'orphan', object: 'disk', name }, async () => undefined);
    }
    return undefined;
  });
  const found = async (query: string) =>
    (JSON.parse((await ask(t.context, `/events?${query}`)).body) as { id: string; object_name: string }[]).map(
      ({ id, object_name }) => [id, object_name],
    );
  t.deepEqual(await found('object_type=disk&object_name=disk-b'), [
    ['4', 'disk-b'],
    ['3', 'disk-b'],
  ]);
  t.deepEqual(await found('action=orphan&before_id=2'), [['1', 'disk-a']]);
  t.deepEqual(await found('deployment=other'), []);
});
