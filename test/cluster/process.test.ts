import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { isRunning, startOf, startProcess, stopProcess } from './process.ts';

const run = process.platform === 'linux' ? test : test.skip;

run('a process is stopped by its id and start time', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'process-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const record = startProcess('sleep', 'sh', ['-c', 'echo said; exec sleep 300'], join(folder, 'log'));
  const said = () => readFileSync(join(folder, 'log'), 'utf8');
  for (let waited = 0; said() === '' && waited < 20_000; waited += 20) await sleep(20);
  t.is(said(), 'said\n');
  t.true(isRunning(record));
  await stopProcess(record);
  t.false(isRunning(record));
  await t.notThrowsAsync(stopProcess(record));
});

run('one that ignores SIGTERM is killed', async (t) => {
  const record = startProcess('stubborn', 'sh', ['-c', 'trap "" TERM; while true; do sleep 0.1; done'], '/dev/null');
  await stopProcess(record, 200);
  t.false(isRunning(record));
});

run('another process that got the same id is left alone', async (t) => {
  const child = spawn('sleep', ['300']);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const earlier = { name: 'earlier', pid, started: `${startOf(pid)}0` };
  t.false(isRunning(earlier));
  await stopProcess(earlier);
  t.is(startOf(pid), startOf(child.pid ?? 0));
  t.not(startOf(pid), undefined);
  child.kill('SIGKILL');
});
