import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { root } from '../../scripts/root.ts';
import { selfSigned } from '../../src/sandbox/certificate.ts';
import { wardenStemcell } from './support/archives.ts';

/** Debian's package of distribution, the registry that most others are made of. */
const program = 'docker-registry';
const installed = spawnSync(program, ['--version']).status === 0;
if (!installed) console.error(`${program} is not installed: its test is skipped`);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A registry with TLS on loopback; answers its host. */
async function serve(t: ExecutionContext, folder: string): Promise<string> {
  const port = await freePort();
  const { cert, key } = selfSigned('localhost');
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 });
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, tls: { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') } },
  };
  writeFileSync(join(folder, 'registry.yml'), JSON.stringify(config));
  const child = spawn(program, ['serve', join(folder, 'registry.yml')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk));
  t.teardown(() => child.kill());
  const host = `127.0.0.1:${port}`;
  for (let turn = 0; turn < 300; turn++) {
    if (child.exitCode !== null) throw new Error(`${program}: ${said}`);
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (answer !== undefined) return host;
    await sleep(100);
  }
  throw new Error(`${program} did not begin to listen: ${said}`);
}

async function stemcell(...args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(root, 'src/main.ts'), 'stemcell', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DOCKER_CONFIG: '/nonexistent' },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, stdout, stderr };
}

(installed ? test : test.skip)('the commands work on a real registry with a certificate of its own', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'docker-registry-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const host = await serve(t, folder);
  const reference = `${host}/bosh/noble:1.484`;
  const built = join(folder, 'built');
  const made = await stemcell('build', '--from', await wardenStemcell(folder), '--image', reference, '--output', built);
  t.is(made.status, 0, made.stderr);
  const unknown = await stemcell('push', built);
  t.is(unknown.status, 1);
  t.regex(unknown.stderr, /if it is your own, give its certificate: --ca/);
  const ca = ['--ca', join(folder, 'cert.pem')];
  const pushed = await stemcell('push', built, ...ca);
  t.is(pushed.status, 0, pushed.stderr);
  t.true(made.stdout.includes(`names           ${pushed.stdout.trim()}\n`));
  const again = await stemcell('push', join(folder, 'warden.tgz'), reference, ...ca);
  t.is(again.stdout, pushed.stdout);
  const found = await stemcell('inspect', pushed.stdout.trim(), '--json', ...ca);
  t.like(JSON.parse(found.stdout), {
    kind: 'image',
    name: 'bosh-warden-boshlite-ubuntu-noble',
    version: '1.484',
    operating_system: 'ubuntu-noble',
    api_version: 3,
    digest: pushed.stdout.trim().split('@')[1],
  });
});
