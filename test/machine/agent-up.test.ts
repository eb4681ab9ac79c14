import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const line = (local: string, remote: string, state: string) =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 22123 1 0000000000000000 100 0 0 10 0\n`;
const nobody = '00000000:0000';
const alerts = line('0100007F:0B09', nobody, '0A');

interface Case {
  readonly tcp: string;
  readonly tcp6?: string;
  readonly settings?: string;
  readonly update?: string;
}

async function agentUp(t: ExecutionContext, { tcp, tcp6, settings, update }: Case): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-up-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'net'));
  await writeFile(join(folder, 'net/tcp'), head + tcp);
  if (tcp6 !== undefined) await writeFile(join(folder, 'net/tcp6'), head + tcp6);
  await writeFile(join(folder, 'settings.json'), settings ?? '{"mbus":"nats://10.0.0.1:4222"}');
  if (update !== undefined) await writeFile(join(folder, 'update_settings.json'), update);
  const script = join(import.meta.dirname, '../../stemcell/agent-up');
  // an empty PATH: every process that the probe starts is one more each second
  const { status, stderr } = spawnSync('/bin/bash', [script, folder, join(folder, 'net')], {
    env: { PATH: '' },
    encoding: 'utf8',
  });
  t.is(stderr, '');
  return status === 0;
}

test('an agent is up once it listens for alerts', async (t) => {
  t.false(await agentUp(t, { tcp: '' }));
  t.true(await agentUp(t, { tcp: line('0100007F:0016', nobody, '0A') + alerts }));
});

test('neither a connection to the port nor one that is ending counts', async (t) => {
  t.false(
    await agentUp(t, {
      tcp: line('0100007F:C000', '0100007F:0B09', '01') + line('0100007F:0B09', '0100007F:C000', '06'),
    }),
  );
});

const restored = '{"blobstores":null,"disk_associations":null,"mbus":{"cert":{"ca":"x"},"urls":[]},"trusted_certs":""}';
const connected = (port: string) => line('0900580A:C350', `0100580A:${port}`, '01');

test('a machine made anew is up once its message bus is', async (t) => {
  t.false(await agentUp(t, { tcp: alerts, update: restored }));
  t.false(await agentUp(t, { tcp: alerts + line('0900580A:C350', '0100580A:107E', '02'), update: restored }));
  t.true(await agentUp(t, { tcp: alerts + connected('107E'), update: restored }));
  t.true(await agentUp(t, { tcp: alerts, tcp6: connected('107E'), update: restored }));
});

test('any of several NATS servers will do, wherever they are named', async (t) => {
  const update = restored.replace('"urls":[]', '"urls":["nats://nats:x@10.0.0.1:4223","nats://[2001:db8::1]:4224"]');
  t.true(await agentUp(t, { tcp: alerts + connected('107F'), update }));
  t.true(await agentUp(t, { tcp: alerts + connected('1080'), update }));
  t.true(await agentUp(t, { tcp: alerts + connected('107E'), update }));
  t.false(await agentUp(t, { tcp: alerts + connected('1081'), update }));
});

test('an https message bus listens itself; a blobstore is none', async (t) => {
  const settings =
    '{"blobstore":{"options":{"endpoint":"https://10.0.0.1:25250"}}, "mbus": "https://mbus:pw@0.0.0.0:6868"}';
  t.false(await agentUp(t, { tcp: alerts + line('00000000:62A2', nobody, '0A'), settings, update: restored }));
  t.true(await agentUp(t, { tcp: alerts + line('00000000:1AD4', nobody, '0A'), settings, update: restored }));
  t.true(
    await agentUp(t, {
      tcp: alerts,
      tcp6: line('00000000000000000000000000000000:1AD4', nobody.padStart(37, '0'), '0A'),
      settings,
      update: restored,
    }),
  );
});
