import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { mountScript } from '../../src/actions/disks/mount.ts';
import { selfSigned } from '../../src/sandbox/certificate.ts';

interface Asked {
  readonly method: string;
  readonly arguments: readonly string[];
}

/** An agent on https, as create-env's: mount_disk answers a task (bosh-agent, agent/action_dispatcher.go). */
async function agent(t: ExecutionContext, answers: (asked: Asked) => object) {
  const asked: Asked[] = [];
  const users: (string | undefined)[] = [];
  const server = createServer(selfSigned('agent'), (request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      users.push(request.headers.authorization);
      asked.push(JSON.parse(body));
      response.end(JSON.stringify(answers(JSON.parse(body))));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const folder = mkdtempSync(join(tmpdir(), 'agent-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const settings = join(folder, 'settings.json');
  const { port } = server.address() as AddressInfo;
  writeFileSync(
    settings,
    JSON.stringify({ vm: {}, mbus: `https://mbus:s3cr&t@0.0.0.0:${port}`, env: { bosh: { mbus: {} } } }),
  );
  const script = mountScript.replace('/var/vcap/bosh/warden-cpi-agent-env.json', settings);
  return { asked, users, run: () => bash(script) };
}

async function bash(script: string) {
  const child = spawn('/bin/bash', ['-c', script, 'mount', 'disk-1'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, said };
}

test('an agent on https is told of the disk, mounts it, and is asked until its task is over', async (t) => {
  let polls = 0;
  const { asked, users, run } = await agent(t, ({ method }) => {
    if (method === 'add_persistent_disk') return { value: 'added' };
    if (method === 'get_task' && ++polls === 2) return { value: {} };
    return { value: { agent_task_id: 'task-7', state: 'running' } };
  });
  const { status, said } = await run();
  t.is(status, 0, said);
  t.is(said, 'mounted as /var/vcap/store\n');
  t.deepEqual(
    asked.map(({ method, arguments: given }) => [method, ...given]),
    [
      ['add_persistent_disk', 'disk-1', '/mnt/disk-1'],
      ['mount_disk', 'disk-1'],
      ['get_task', 'task-7'],
      ['get_task', 'task-7'],
    ],
  );
  t.is(users[0], `Basic ${Buffer.from('mbus:s3cr&t').toString('base64')}`);
});

test("an agent's refusal is told, without its password", async (t) => {
  const { run } = await agent(t, ({ method }) =>
    method === 'mount_disk' ? { exception: { message: 'Mounting persistent disk: no such device' } } : { value: '' },
  );
  const { status, said } = await run();
  t.is(status, 1);
  t.regex(said, /^mount_disk: .*no such device/);
  t.notRegex(said, /s3cr/);
});
