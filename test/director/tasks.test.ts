import test from 'ava';
import fc from 'fast-check';
import { createLineReader } from '../../src/director/lines.ts';
import type { TaskEvent } from '../../src/director/tasks.ts';
import { type Asked, connectTo, json, type Reply, recorded, scripted, task, toTask } from './support/director.ts';

const step = (name: string) =>
  JSON.stringify({
    time: 1_795_396_067,
    stage: 'Updating',
    tags: ['db'],
    total: 2,
    task: name,
    index: 1,
    state: 'started',
    progress: 0,
  });

/** As a Director answers a range of an output that has so far this many bytes. */
function ranged(output: Buffer, { headers }: Asked): Reply {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1]);
  if (from >= output.length) return { status: 416, headers: { 'Content-Range': `bytes */${output.length}` } };
  const range = `bytes ${from}-${output.length - 1}/${output.length}`;
  return { status: 206, headers: { 'Content-Range': range }, body: output.subarray(from) };
}

test('lines come out whole, wherever the bytes were cut', (t) => {
  const line = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((text) => !text.includes('\n') && text.trim() !== '');
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(200)), fc.boolean(), (lines, cuts, isEnded) => {
      const bytes = Buffer.from(lines.join('\n') + (isEnded && lines.length > 0 ? '\n' : ''));
      const reader = createLineReader();
      const at = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
      const found = at.slice(1).flatMap((to, index) => reader.push(bytes.subarray(at[index], to)));
      t.deepEqual([...found, ...reader.end()], lines);
    }),
  );
});

test('every event of a growing output is handed out once, however it grows', async (t) => {
  const grows = fc.array(fc.nat(120), { maxLength: 6 });
  const names = fc.array(fc.constantFrom('db/0', 'grün/1', '数据/2'), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(names, grows, async (tasks, growths) => {
      const whole = Buffer.from(tasks.map((name) => `${step(name)}\n`).join(''));
      let looks = 0;
      const sizeNow = () =>
        Math.min(
          whole.length,
          growths.slice(0, looks).reduce((sum, more) => sum + more, 0),
        );
      const { target } = await scripted(t, {
        'GET /tasks/7': () => task(7, looks < growths.length ? 'processing' : 'done'),
        'GET /tasks/7/output?type=event': (asked) => {
          looks += 1;
          if (looks > growths.length) return ranged(whole, asked);
          return sizeNow() === 0 ? { status: 204 } : ranged(whole.subarray(0, sizeNow()), asked);
        },
      });
      const events: TaskEvent[] = [];
      await connectTo(t, target).followTask(7, (event) => events.push(event));
      t.deepEqual(
        events.map((event) => event.kind === 'step' && event.task),
        tasks,
      );
    }),
    { numRuns: 20 },
  );
});

test('a Director that knows no ranges repeats itself, and is not heard twice', async (t) => {
  const output = recorded('task-event');
  let looks = 0;
  const { target } = await scripted(t, {
    'GET /tasks/28': () => task(28, looks < 2 ? 'processing' : 'done'),
    'GET /tasks/28/output?type=event': () => {
      looks += 1;
      return output;
    },
  });
  const events: TaskEvent[] = [];
  const end = await connectTo(t, target).followTask(28, (event) => events.push(event));
  t.is(events.length, String(output.body).split('\n').length);
  t.like(end, { id: 28, state: 'done', deployment: 'cf' });
  t.like(events.at(-1), { kind: 'step', stage: 'Updating instance', state: 'finished', progress: 100 });
});

test('warnings, failed steps and errors are told apart, and what is unknown is passed over', async (t) => {
  const lines = [
    { time: 1, type: 'deprecation', message: 'old' },
    {
      time: 2,
      stage: 'S',
      task: 'T',
      index: 1,
      total: 1,
      tags: [],
      state: 'failed',
      progress: 100,
      data: { error: 'no' },
    },
    { time: 3, error: { code: 450_001, message: 'Action Failed' } },
    { time: 4, anything: 'else' },
  ];
  const { target } = await scripted(t, {
    'GET /tasks/7': task(7, 'error', { result: 'Action Failed' }),
    'GET /tasks/7/output?type=event': {
      body: `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"time":5,"st`,
    },
  });
  const events: TaskEvent[] = [];
  const end = await connectTo(t, target).followTask(7, (event) => events.push(event));
  t.like(end, { state: 'error', result: 'Action Failed' });
  t.like(events, [
    { kind: 'warning', message: 'old' },
    { kind: 'step', state: 'failed', error: 'no' },
    { kind: 'error', code: 450_001, message: 'Action Failed' },
  ]);
  t.is(events.length, 3);
});

test('the signal ends the following, and the task goes on', async (t) => {
  const { target, requests } = await scripted(t, {
    'GET /tasks/7': task(7, 'processing'),
    'GET /tasks/7/output?type=event': { status: 204 },
  });
  const stop = new AbortController();
  const following = connectTo(t, target, { taskWaitMs: 60_000 }).followTask(7, () => {}, stop.signal);
  while (requests().length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort(new Error('enough'));
  await t.throwsAsync(following, { message: 'enough' });
  t.false(requests().some((request) => request.startsWith('DELETE')));
});

test('a scan that fails says which task and why', async (t) => {
  const { target } = await scripted(t, {
    'GET /deployments/cf/instances?format=full': toTask(9, 303),
    'GET /tasks/9': task(9, 'error', { result: 'gone' }),
    'GET /tasks/9/output?type=event': { status: 204 },
  });
  await t.throwsAsync(connectTo(t, target).scan('cf'), { message: 'the scan of cf ended in error (task 9): gone' });
});

test('a result of many instances is read line by line', async (t) => {
  const line = (index: number) =>
    JSON.stringify({
      id: `id-${index}`,
      vm_cid: `vm-${index}`,
      state: 'started',
      job_state: 'running',
      disk_cids: [],
      more: 'x'.repeat(1000),
    });
  const { target } = await scripted(t, {
    'GET /deployments/cf/instances?format=full': toTask(9),
    'GET /tasks/9': task(9, 'done'),
    'GET /tasks/9/output?type=event': { status: 204 },
    'GET /tasks/9/output?type=result': { body: Array.from({ length: 2000 }, (_, index) => line(index)).join('\n') },
  });
  const scanned = await connectTo(t, target).scan('cf');
  t.is(scanned.length, 2000);
  t.like(scanned.at(-1), { id: 'id-1999', cid: 'vm-1999' });
});

test('a task that is no task', async (t) => {
  const { target } = await scripted(t, { 'DELETE /vms/vm-1': json({}) });
  await t.throwsAsync(connectTo(t, target).deleteVm('vm-1'), { message: /answered 200 to DELETE \/vms\/vm-1/ });
});
